/** The contract of kinds of targets, over every entry of the registry. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { EVENT_KINDS } from './event.ts';
import { TARGET_KINDS } from './registry.ts';
import { COMMON, type Setting, validate } from './target.ts';

test('every folder of targets is registered once, and no other', () => {
  const folders = readdirSync(resolve(import.meta.dirname, 'targets'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  assert.deepEqual(TARGET_KINDS.map(({ id }) => id).sort(), folders.map(({ name }) => name).sort());
});

/** A value that a setting takes. */
function sample({ name, type }: Setting): unknown {
  if (type === 'number') return 5;
  if (type === 'list') return ['finding'];
  const known: Readonly<Record<string, string>> = {
    url: 'https://example.org/',
    endpoint: 'http://127.0.0.1:1',
    path: '/var/lib/events',
    dates: 'iso8601',
    secret: `whsec_${Buffer.alloc(32).toString('base64')}`,
    previousSecret: `whsec_${Buffer.alloc(32).toString('base64')}`,
    topicArn: 'arn:aws:sns:eu-west-1:123456789012:events',
    roleArn: 'arn:aws:iam::123456789012:role/sender',
    productArn: 'arn:aws:securityhub:eu-west-1:123456789012:product/123456789012/default',
  };
  return known[name] ?? 'text';
}

for (const kind of TARGET_KINDS) {
  const settings = [...kind.settings, ...COMMON];
  const samples = (secret: boolean) =>
    Object.fromEntries(settings.filter((setting) => (setting.secret ?? false) === secret).map((one) => [one.name, sample(one)]));
  const [configuration, secrets] = [samples(false), samples(true)];

  test(`${kind.id}: describes itself`, () => {
    assert.match(kind.id, /^[a-z]+$/);
    assert.ok(kind.title !== '' && kind.specification.length > 0);
    for (const url of kind.specification) assert.ok(URL.canParse(url) && url.startsWith('https://'), url);
    assert.ok(kind.takes.length > 0 && kind.takes.every((one) => EVENT_KINDS.includes(one)));
    assert.ok(kind.batch >= 1 && kind.concurrency >= 1);
    assert.equal(new Set(settings.map(({ name }) => name)).size, settings.length);
    for (const { meaning } of settings) assert.ok(meaning !== '' && !meaning.endsWith('.'));
  });

  test(`${kind.id}: what it is told is checked, and secrets are not repeated`, () => {
    const good = validate(kind, configuration, secrets);
    assert.ok(good.ok, good.ok ? '' : good.problem.message);
    const bad: readonly (readonly [unknown, unknown, RegExp])[] = [
      [null, secrets, /the configuration must be an object/],
      [configuration, [], /the secrets must be an object/],
      [{ ...configuration, nonsense: 1 }, secrets, /nonsense is no setting/],
      [{ ...configuration, events: ['all'] }, secrets, /events is none of/],
      [{ ...configuration, events: 'finding' }, secrets, /events must be a list/],
      ...settings.map(({ name, secret }) => {
        const wrong = (values: object) => ({ ...values, [name]: { hidden: 'hidden-word' } });
        return [
          secret ? configuration : wrong(configuration),
          secret ? wrong(secrets) : secrets,
          new RegExp(`${name} must be`),
        ] as const;
      }),
      ...settings
        .filter(({ required }) => required)
        .map(({ name, secret }) => {
          const without = (values: object) => Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
          return [
            secret ? configuration : without(configuration),
            secret ? without(secrets) : secrets,
            new RegExp(`${name} is missing`),
          ] as const;
        }),
    ];
    for (const [told, hidden, message] of bad) {
      const result = validate(kind, told, hidden);
      assert.ok(!result.ok, String(message));
      assert.match(result.problem.message, message);
      assert.doesNotMatch(result.problem.message, /hidden-word/);
    }
  });

  test(`${kind.id}: is opened and closed without sending`, async () => {
    const sender = kind.open(configuration, secrets);
    assert.deepEqual(await sender.send([], new AbortController().signal), []);
    await sender.close();
  });
}
