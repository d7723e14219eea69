/** What is kept of texts that others wrote. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { titleOf } from './fields.ts';
import { descriptionOf, MAX_DESCRIPTION } from './prose.ts';

test('the Markdown of an advisory becomes one line of plain text', () => {
  const markdown = [
    '### Impact',
    '',
    'A **crafted** archive lets [an attacker](https://evil.example/a_(b) "t") write `**any**` file.<br>',
    '',
    '```sh',
    '# not a heading, <p>not a tag</p>',
    '```',
    '<!-- hidden -->',
    '> quoted &lt;b&gt;',
    'Patches',
    '-------',
    '| a | b |',
    '|---|---|',
    '![picture](x.png) Fixed in 1\\_2. See <https://fixed.example/>.',
  ].join('\r\n');
  assert.equal(
    descriptionOf(markdown, 'markdown'),
    'Impact: A crafted archive lets an attacker write **any** file. # not a heading, <p>not a tag</p> quoted <b> Patches | a | b | picture Fixed in 1_2. See https://fixed.example/.',
  );
});

test('plain text keeps what only looks like markup', () => {
  const text = 'A <p> element with `id` and **argv or a[0](1):\n\n# dmesg';
  assert.equal(descriptionOf(text), 'A <p> element with `id` and **argv or a[0](1): # dmesg');
});

test('what would act instead of being read is gone, in descriptions and titles', () => {
  const hostile =
    'red \u001b[31mtext\u001b]0;owned\u0007 \u202egnp.exe\u202c \u0007\u009b1m z\u200be\u2066r\ufeffo \u{e0041}end\u0000';
  assert.equal(descriptionOf(hostile), 'red text gnp.exe 1m zero end');
  assert.equal(descriptionOf('&lt;\u0008', 'markdown'), '<');
  assert.equal(titleOf(`${hostile}.\nMore.`)?.replace(/\s+/g, ' '), 'red text gnp.exe 1m zero end .');
  assert.equal(descriptionOf('a \ud800 b'), 'a \ufffd b');
});

test('a long text is cut at a word and shows it', () => {
  const cut = descriptionOf('word '.repeat(300)) ?? '';
  assert.ok(cut.length <= MAX_DESCRIPTION && cut.length > MAX_DESCRIPTION - 10, String(cut.length));
  assert.ok(cut.endsWith('word...'), cut.slice(-20));
  assert.equal(descriptionOf('x'.repeat(MAX_DESCRIPTION)), 'x'.repeat(MAX_DESCRIPTION));
  assert.equal(descriptionOf(`${'x'.repeat(MAX_DESCRIPTION - 3)} yyy`), `${'x'.repeat(MAX_DESCRIPTION - 3)}...`);
  assert.equal(descriptionOf('x'.repeat(MAX_DESCRIPTION + 1)), `${'x'.repeat(MAX_DESCRIPTION - 3)}...`);
  // Most of what is looked at is markup: that there is more is shown all the same.
  assert.equal(descriptionOf(`short <!--${'-'.repeat(8100)}--> words ${'more '.repeat(100)}`, 'markdown')?.endsWith('...'), true);
  assert.equal(descriptionOf(undefined), undefined);
  assert.equal(descriptionOf(' \n\u0000\u200b'), undefined);
});

test('whatever comes in, what comes out is short, well formed, one line, and stays as it is', () => {
  const characters = fc.oneof(
    fc.constantFrom(
      ' ',
      '\n',
      '\u001b',
      '[',
      ']',
      '(',
      ')',
      '`',
      '<',
      '>',
      '*',
      '#',
      '|',
      '-',
      '\u202e',
      '\ud83d',
      '😀',
      '&lt;',
      '\\',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
  );
  const texts = fc.array(characters, { maxLength: 1200 }).map((list) => list.join(''));
  fc.assert(
    fc.property(texts, fc.constantFrom('plain' as const, 'markdown' as const), (text, form) => {
      const made = descriptionOf(text, form);
      if (made === undefined) return;
      assert.ok(made.length > 0 && made.length <= MAX_DESCRIPTION);
      assert.ok(made.isWellFormed());
      assert.doesNotMatch(made, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
      assert.equal(descriptionOf(made), made);
    }),
    { numRuns: 50 },
  );
});
