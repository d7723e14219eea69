import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { parsePlainYaml } from './plain-yaml.ts';

const LOCK = `# comment
lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

importers:
  .:
    dependencies:
      '@babel/core':
        specifier: ^7.1.0
        version: 7.10.0(react@18.2.0)
  packages/a: {}

packages:

  /lodash@4.17.4:
    resolution: {integrity: sha1-5QNHYR1+aQlDIIu9r+vLwvuGbUY=}
    cpu: [x64, 'arm64', "ia32"]
    engines: {node: '>=6.9.0', npm: 7}
    deprecated: |-
      first line
        second, "indented"

      third
    dev: false # trailing
  uuid@3.4.0:
    deprecated: >-
      Please upgrade
      to version 7
    hasBin: true
list:
- a
- b: 1
  c: {d: [e]}
-
  - deep
empty:
last: https://example.org/a#b:c
long:
  ? "a@1, b@2"
  :
    version: 1.10
  next: 1
`;

/** The reading by the reference library: undefined when it refuses. */
function reference(text: string): unknown {
  try {
    return parse(text, { schema: 'failsafe', logLevel: 'error' });
  } catch {
    return undefined;
  }
}

test('a lock file is read as the yaml library reads it', () => {
  const value = parsePlainYaml(LOCK);
  assert.notEqual(value, undefined);
  assert.deepEqual(value, reference(LOCK));
});

test('keys above 1024 characters, as Yarn writes them', () => {
  const text = `? "a@1${', a@2'.repeat(300)}"\n:\n  version: 1.10\nb:\n  ? "c${'c'.repeat(2000)}"\n  :\n    d: e\n`;
  assert.notEqual(parsePlainYaml(text), undefined);
  assert.deepEqual(parsePlainYaml(text), reference(text));
});

test('whatever leaves the subset is refused', () => {
  for (const text of [
    '',
    'a: *b',
    'a: &b c',
    'a: !!str b',
    'a:\tb',
    'a: b\n  c',
    'a: "x\\n"',
    'a: {b: c',
    '- - a',
    'a: 1\na: 2',
    '__proto__: 1',
    '? a\n: b',
    '? "a"\n: b',
    '? "a"\n:\n- b',
    '? "a"\n  :\n    b: c',
    '%YAML 1.2',
    'a: b: c',
    'a\n',
    'a: b\n...\n',
    `${Array.from({ length: 60 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')} 1`,
  ])
    assert.equal(parsePlainYaml(text), undefined, text);
});

test('what it accepts is what the yaml library reads, for generated documents', () => {
  const scalar = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('1.10', 'a: b', '- x', 'x #y', "it's", '|', '>=1 <2', '@s/n'),
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(scalar, tie('node'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(node, fc.boolean(), (value, flow) => {
      const text = stringify({ root: value }, flow ? { collectionStyle: 'flow', lineWidth: 0 } : { lineWidth: 0 });
      const own = parsePlainYaml(text);
      if (own !== undefined) assert.deepEqual(own, reference(text), text);
    }),
    { numRuns: 300 },
  );
});

test('what it accepts is what the yaml library reads, for damaged lock files', () => {
  const edit = fc.record({
    at: fc.nat({ max: LOCK.length - 1 }),
    drop: fc.nat({ max: 6 }),
    insert: fc.string({ unit: fc.constantFrom(...' \n:-#\'"{}[],&*!|>%@`a?.\t'), maxLength: 4 }),
  });
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), (edits) => {
      let text = LOCK;
      for (const { at, drop, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + drop);
      const own = parsePlainYaml(text);
      if (own === undefined) return;
      accepted++;
      assert.deepEqual(own, reference(text), text);
    }),
    { numRuns: 800 },
  );
  assert.ok(accepted > 50, `${accepted} damaged files were still in the subset`);
});
