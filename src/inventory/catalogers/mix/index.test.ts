import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { mix } from './index.ts';

const MIX = `%{
  "decimal": {:hex, :decimal, "2.0.0", "a78296e6", [:mix], [], "hexpm", "34666e97"},
  "jason": {:hex, :jason, "1.2.2", "ba43e322", [:mix], [{:decimal, "~> 1.0 or ~> 2.0", [hex: :decimal, repo: "hexpm", optional: true]}], "hexpm", "18a228f5"},
  "phoenix_fork": {:git, "https://example.com/phoenix.git", "0123abc", [branch: "main"]},
  "renamed": {:hex, :real_name, "0.1.0-rc.1", "00", [:rebar3], [], "hexpm:acme", "00"},
}
`;

test('mix.lock', async () => {
  const result = await catalog(mix, { 'mix.lock': MIX });
  assert.deepEqual(lines(result), ['decimal 2.0.0', 'jason 1.2.2 -> decimal@2.0.0', 'phoenix_fork', 'real_name 0.1.0-rc.1']);
  assert.deepEqual(result.packages.map(({ draft }) => draft.purl).slice(2), [
    'pkg:hex/phoenix_fork?vcs_url=git%2Bhttps%3A%2F%2Fexample.com%2Fphoenix.git%400123abc',
    'pkg:hex/acme/real_name@0.1.0-rc.1',
  ]);
  assert.deepEqual(result.problems, []);
});

const REBAR = `{"1.2.0",
[{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.8.0">>},0},
 {<<"cowlib">>,{pkg,<<"cowlib">>,<<"2.9.1">>},1},
 {<<"forked">>,
  {git,"https://example.com/forked.git",
       {ref,"abcdef"}},
  0}]}.
[
{pkg_hash,[
 {<<"cowboy">>, <<"F3DC62E35797ECD9AC1B50DB74611193C29815401E53BAC9A5C0577BD7BC667D">>}]}
].
`;

test('rebar.lock, with and without a version', async () => {
  assert.deepEqual(lines(await catalog(mix, { 'rebar.lock': REBAR })), ['cowboy 2.8.0 direct', 'cowlib 2.9.1', 'forked direct']);
  const old = `[{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.8.0">>},0}].`;
  assert.deepEqual(lines(await catalog(mix, { 'rebar.lock': old })), ['cowboy 2.8.0 direct']);
});

test('an empty list is fine', async () => {
  for (const [path, text] of [
    ['mix.lock', '%{}'],
    ['rebar.lock', '[].'],
  ] as const)
    assert.deepEqual(await catalog(mix, { [path]: text }), { packages: [], problems: [] });
});

test('broken input gives problems, never exceptions', async () => {
  const codes = async (path: string, source: string) =>
    (await catalog(mix, { [path]: source })).problems.map((problem) => problem.code);
  assert.deepEqual(await codes('mix.lock', ''), ['document-unexpected']);
  assert.deepEqual(await codes('mix.lock', '%{"a": {:svn, "x"}, "__proto__": 1}'), ['document-entries-invalid']);
  assert.deepEqual(await codes('mix.lock', '['.repeat(100_000)), ['document-unreadable']);
  for (const filler of [' ', '#\n', 'a ', '"', '% ']) await codes('mix.lock', filler.repeat(2_000_000));
  for (let end = 1; end < MIX.length - 2; end++)
    assert.equal((await codes('mix.lock', MIX.slice(0, end))).length, 1, MIX.slice(0, end));
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '%{',
    '"a"',
    ':hex',
    ',',
    '<<',
    '>>',
    '"',
    '\\',
    '.',
    '0',
    '#',
    '\n',
    ': ',
    "'",
    '=>',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => void (await codes('rebar.lock', pieces.join('')))),
    { numRuns: 300 },
  );
});

test('a hundred thousand packages', async () => {
  const many = Array.from(
    { length: 100_000 },
    (_, index) => `"p${index}": {:hex, :p${index}, "1.0.0", "00", [:mix], [], "hexpm", "00"},`,
  ).join('\n');
  assert.equal((await catalog(mix, { 'mix.lock': `%{\n${many}\n}` })).packages.length, 100_000);
});
