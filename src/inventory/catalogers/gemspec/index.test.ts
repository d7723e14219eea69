import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { gemspec } from './index.ts';

const NOKOGIRI = `# -*- encoding: utf-8 -*-
# stub: nokogiri 1.13.6 x86_64-linux lib

Gem::Specification.new do |s|
  s.name = "nokogiri".freeze
  s.version = "1.13.6"
  s.platform = "x86_64-linux".freeze
  s.licenses = ["MIT".freeze, "Apache-2.0".freeze]
  s.add_runtime_dependency(%q<racc>.freeze, ["~> 1.4"])
  s.add_development_dependency(%q<rake>.freeze, [">= 0"])
end
`;
const HAND_WRITTEN = `Gem::Specification.new do |spec|
  spec.name          = 'racc'
  spec.version       = Gem::Version.new("1.6.0")
  spec.license = "Ruby"
end
`;

test('stub line, assignments, licences, dependencies within the repository', async () => {
  const result = await catalog(gemspec, {
    'usr/lib/ruby/gems/3.0.0/specifications/nokogiri-1.13.6-x86_64-linux.gemspec': NOKOGIRI,
    'usr/lib/ruby/gems/3.0.0/specifications/default/racc-1.6.0.gemspec': HAND_WRITTEN,
    'opt/other/specifications/racc-1.5.gemspec': HAND_WRITTEN.replace('1.6.0', '1.5.0'),
  });
  assert.deepEqual(lines(result), ['nokogiri 1.13.6 -> racc@1.6.0', 'racc 1.5.0', 'racc 1.6.0']);
  assert.deepEqual(result.packages.find(({ draft }) => draft.name === 'nokogiri')?.draft.licenses, ['MIT', 'Apache-2.0']);
  assert.deepEqual(result.packages.find(({ draft }) => draft.version === '1.6.0')?.draft.licenses, ['Ruby']);
});

test('broken input gives problems, never exceptions', async () => {
  const path = 'specifications/x.gemspec';
  assert.equal((await catalog(gemspec, { [path]: '' })).problems[0]?.code, 'document-unexpected');
  assert.equal((await catalog(gemspec, { [path]: '# stub: \n' })).problems.length, 1);
  for (let end = 0; end < NOKOGIRI.length; end += 3) await catalog(gemspec, { [path]: NOKOGIRI.slice(0, end) });
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', maxLength: 200 }),
      async (text) => void (await catalog(gemspec, { [path]: `s.name = ${text}` })),
    ),
  );
});
