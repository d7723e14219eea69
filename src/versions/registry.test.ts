/** The contract of every scheme: examples, its own small table of orders, and comparer against key on generated versions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { schemeById, schemes } from './registry.ts';
import { SCHEME_IDS, type SchemeId } from './scheme.ts';

/** Ascending; versions between `=` are equal. */
const ORDERS: Readonly<Record<SchemeId, readonly string[]>> = {
  deb: ['1.0~rc1-1 < 1.0 = 0:1.0-0 = 1.0-00 < 1.0-1~deb11u1 < 1.0-1 < 1.0-1ubuntu1 < 1.0-1+b1 < 1.0a < 1.0+dfsg < 1.0.1 < 1:0.1'],
  rpm: [
    '1.0~rc1 < 1.0~rc1-1 < 1.0 = 0:1.0 < 1.0-0 < 1.0-1.el7 < 1.0-1.1 < 1.0^git1-1 < 1.0a-1 < 1.0.1 = 1_0+1 < 1.10 = 1.010 < 1:0.1 = 01:0.1',
    '1.1.α = 1.1.β < 1.1.a < 1.1.1',
  ],
  apk: [
    '1.2_alpha < 1.2_beta1 < 1.2_pre < 1.2_rc1 < 1.2_rc2 < 1.2 < 1.2-r0 < 1.2-r1 < 1.2_git1 < 1.2_p1 < 1.2a < 1.2b < 1.2.02 < 1.2.1',
  ],
  semver: [
    '1.0.0-1 < 1.0.0-2 < 1.0.0-10 < 1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-rc.1 < 1.0.0 = v1 = 1.0.0+a < 1.0.1 < 1.1 < 2.0.0-rc1 < 2',
  ],
  npm: ['2.0.0-alpha.9 < 2.0.0-alpha.10 < 2.0.0-beta = 2.0.0beta < 2.0.0 = 2.0.0+sha'],
  pypi: [
    '1.0.dev1 < 1.0a0.dev1 < 1.0a0 = 1.0alpha < 1.0b2 < 1.0rc1 = 1.0c1 = 1.0.PRE.1 < 1.0 = 1 = v1.0.0 < 1.0+abc < 1.0+1 < 1.0+1.a < 1.0+1.0 < 1.0.post1.dev1 < 1.0-1 = 1.0.post1 < 1.1 < 1!0',
  ],
  maven: [
    '1-alpha = 1-ALPHA < 1-alpha-1 = 1a1 = 1.alpha1 < 1-beta < 1-m1 < 1-rc = 1-cr = 1.0.0.RC < 1-SNAPSHOT < 1 = 1.0.0 = 1-ga = 1.Final < 1-sp < 1-jre < 1-zeta < 1-1 < 1.0.1 < 1.1',
  ],
  go: [
    '0.0.0-20200101000000-abcdefabcdef < v0.0.0-20210101000000-abcdefabcdef < v0.0.1 < go1.22beta1 < go1.22rc1 = 1.22.0-rc.1 < go1.22rc10 < go1.22 = 1.22.0 = go1.22-X:nocoverageredesign < go1.22.1 X:boringcrypto < v2.0.0+incompatible = v2.0.0+incompatible+dirty',
  ],
  gem: [
    '1.0.a.b < 1.0.a.0.b < 1.0.a = 1.a = 1.0.0.a < 1.0.a.1 = 1.0.a1 < 1.0.b < 1 = 1.0.0 = 1.0-x86_64-linux = 1-java < 1.0.1.pre < 1.0.1',
  ],
  nuget: ['1.0.0-Alpha = 1.0.0-alpha < 1.0.0-beta.2 < 1.0.0-BETA.10 < 1.0 = 1.0.0.0 = 1.0.0+x < 1.0.0.1-rc < 1.0.0.1'],
  composer: [
    '1.0-dev < 1.0-alpha1 = v1.0.0a1 < 1.0b1 < 1.0.RC1 < 1.0-rc2 < 1 = 1.0.0 = 1.0-stable = 1.0+meta < 1.0-p1 = 1.0pl1 < 1.1 < 1.x-dev < 2.0',
  ],
  pub: ['1.0.0-pre < 1.0.0-pre+build < 1.0.0 < 1.0.0+1 < 1.0.0+9 < 1.0.0+10 < 1.0.0+a < 1.0.0+a.1 < 1.0.1'],
  hex: ['1.7.0-rc.0 < 1.7.0-rc.1 < 1.7.0 = 1.7.0+build < 1.7.10'],
  cran: ['0.9 < 0.75 < 1.0 < 1.0-0 = 1.0.0 < 1.0-1 < 1.01-2'],
  hackage: ['0 < 0.1 < 0.1.0 < 0.1.26.0 < 1 < 1.0 < 1.0.0'],
  bitnami: ['8.2.1-rc.1 < 8.2.1 < 8.2.1-0 < 8.2.1-9 < 8.2.1-10 < 8.2.2'],
  jvm: [
    '1.7.0_80 < 8 = 1.8.0 < 8u292 = 1.8.0_292 < 1.8.0_292-b10 = 8u292-b10 < 8u301 < 11-ea < 11-ea+5 < 11 < 11.0.11 = 11.0.11-LTS < 11.0.11+9 = 11.0.11+9-LTS < 11.0.11+10',
  ],
  generic: ['3.0.0-alpha2 < 3.0.0-alpha17 < 3.0.0-beta1 < 3.0-rc1 < 3 = v3.0.0 < 3.0a < 3.0.0p1 < 3.0zh < 3.0.1'],
};

/** Not versions at all: an answer about them would be a guess. */
const REFUSED: Readonly<Record<SchemeId, readonly string[]>> = {
  deb: ['1:', 'a:1', '1.0-', '1 2', '1.ü', '-1'],
  rpm: ['1:', ' '],
  apk: ['1 2', 'ä'],
  semver: ['latest', '1.2.x', '1.0.0-a..b', '1.0.0-'],
  npm: ['latest', '^1.2.3', '*'],
  pypi: ['0.1-bulbasaur', '2013-01-21T20:33:09+0100', '1.0+'],
  maven: ['1.0 final', '$' + '{project.version}', '1.é'],
  go: ['(devel)', 'devel go1.22-abcdef', 'master'],
  gem: ['1..2', '1.0.', 'abc', '1.0.0-'],
  nuget: ['1.0.*', '[1.0,2.0)'],
  composer: ['dev-main', '1.2.3.#', 'master'],
  pub: ['any', '1.0.0-'],
  hex: ['~> 1.0', 'main'],
  cran: ['1.0a', '1..2', '-1'],
  hackage: ['1-0', '1.a'],
  bitnami: ['latest', '8.x'],
  jvm: ['openjdk', '8u', '1.8.0_'],
  generic: ['unknown', '---'],
};

test('the registry lists every scheme under its own id', () => {
  assert.deepEqual(Object.keys(schemes), [...SCHEME_IDS]);
  for (const id of SCHEME_IDS) assert.equal(schemeById(id).id, id);
});

function orderOf(id: SchemeId, a: string, b: string): readonly [number, number] {
  const scheme = schemeById(id);
  const compared = scheme.compare(a, b);
  const left = scheme.key(a);
  const right = scheme.key(b);
  assert.ok(compared.ok && left.ok && right.ok, `${id}: ${a} or ${b} is not a version`);
  return [Math.sign(compared.value), left.value < right.value ? -1 : left.value > right.value ? 1 : 0];
}

for (const id of SCHEME_IDS) {
  const scheme = schemeById(id);

  test(`${id}: names its specification, and its examples are versions`, () => {
    assert.ok(scheme.specification.length > 0 && scheme.specification.every((url) => URL.canParse(url)));
    assert.ok(scheme.examples.length > 1);
    for (const example of scheme.examples) assert.deepEqual(orderOf(id, example, ` ${example}\n`), [0, 0]);
  });

  test(`${id}: orders its table, by comparer and by key`, () => {
    for (const line of ORDERS[id]) {
      const classes = line.split(' < ').map((part) => part.split(' = '));
      const ranked = classes.flatMap((versions, rank) => versions.map((version) => ({ version, rank })));
      assert.ok(classes.length > 2);
      for (const a of ranked)
        for (const b of ranked) {
          const expected = Math.sign(a.rank - b.rank);
          assert.deepEqual(orderOf(id, a.version, b.version), [expected, expected], `${a.version} against ${b.version}`);
        }
    }
  });

  test(`${id}: refuses what is not a version, and texts without end`, () => {
    for (const text of ['', ...REFUSED[id], '1'.repeat(1025), '1.'.repeat(500_000)]) {
      for (const result of [scheme.key(text), scheme.compare(text, text), scheme.compare(scheme.examples[0] ?? '', text)]) {
        assert.ok(!result.ok, text.slice(0, 40));
        assert.equal(result.problem.code, 'version-not-comparable');
        assert.ok(result.problem.message.length < 300);
      }
    }
  });

  test(`${id}: numbers may have any number of digits`, () => {
    const digits = [1, 9, 95, 96, 97, 111, 112, 239, 240, 241, 255, 256, 257, 511, 512, 1000];
    const ascending = digits.flatMap((count) => [`1${'0'.repeat(count - 1)}`, '9'.repeat(count)]).slice(1);
    for (const [index, version] of ascending.slice(1).entries()) {
      assert.deepEqual(orderOf(id, ascending[index] ?? '', version), [-1, -1], `${version.length} digits`);
    }
  });

  test(`${id}: the key has the order of the comparer on generated versions`, () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.array(versionOf(scheme.examples), { minLength: 2, maxLength: 5 }), (versions) => {
        for (const a of versions)
          for (const b of versions) {
            const order = scheme.compare(a, b);
            const left = scheme.key(a);
            const right = scheme.key(b);
            assert.equal(order.ok, left.ok && right.ok);
            if (!order.ok || !left.ok || !right.ok) continue;
            const byKey = left.value < right.value ? -1 : left.value > right.value ? 1 : 0;
            assert.equal(Math.sign(order.value), byKey, `${a} against ${b}`);
            assert.ok(/^[\0-\xff]*$/.test(left.value));
            if (a !== b) compared += 1;
          }
      }),
      { numRuns: 300 },
    );
    assert.ok(compared > 100, `only ${compared} pairs were versions`);
  });

  test(`${id}: any text gets an answer`, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme-ascii' }), (a, b) => {
        assert.equal(scheme.compare(a, b).ok, scheme.key(a).ok && scheme.key(b).ok);
      }),
      { numRuns: 200 },
    );
  });

  test(`${id}: the family key stands above its version`, () => {
    if (scheme.familyKey === undefined) return;
    for (const example of scheme.examples) {
      const own = scheme.key(example);
      const family = scheme.familyKey(example);
      assert.ok(own.ok && family.ok && family.value >= own.value);
    }
    assert.ok(!scheme.familyKey('').ok);
  });
}

/** Examples of the scheme with pieces of version syntax spliced in: near neighbours, where orders are hard. */
function versionOf(examples: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(
    ...[
      '0',
      '00',
      '1',
      '2',
      '10',
      '01',
      '.',
      '.',
      '.0',
      '.1',
      '-',
      '-1',
      '-0',
      '~',
      '^',
      '+',
      '+1',
      '_p',
      '_rc',
      '-r1',
      ':',
      '1:',
      '!',
      '#',
    ],
    ...[
      'a',
      'b',
      'm',
      'p',
      'rc',
      'rc1',
      'alpha',
      'beta',
      '-pre',
      'post',
      'dev',
      '.final',
      'ga',
      'sp',
      'SNAPSHOT',
      'jre8',
      'Z',
      'x',
    ],
  );
  const spliced = fc
    .tuple(fc.constantFrom(...examples), fc.nat(12), fc.array(piece, { maxLength: 3 }))
    .map(([example, at, pieces]) => example.slice(0, at) + pieces.join('') + example.slice(at));
  return fc.oneof(
    spliced,
    fc.array(piece, { maxLength: 5 }).map((pieces) => `1${pieces.join('')}`),
  );
}
