/** What a user leaves out on purpose: its findings close, and from the document to the service everybody is told what was left out. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openRootfs, type TreeOptions } from '../src/artifacts/open.ts';
import { bodyOf } from '../src/cli/service/body.ts';
import { takeInventory } from '../src/inventory/pipeline/index.ts';
import type { Problem } from '../src/model/problem.ts';
import { temporaryDirectory } from './support/directory.ts';
import { beforeTwo } from './support/engine.ts';
import { testNative } from './support/native.ts';

const HOST = { kind: 'host', name: 'web' } as const;

/** A machine with vulnerable packages in `srv` and `opt`, and one that only a lock file in `home` names. */
function machine(context: TestContext): string {
  const root = temporaryDirectory(context);
  const write = (path: string, name: string, data: object) => {
    mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, path, name), JSON.stringify(data));
  };
  write('srv/node_modules/left', 'package.json', { name: 'left', version: '1.0.0' });
  write('opt/node_modules/right', 'package.json', { name: 'right', version: '1.0.0' });
  const packages = { 'node_modules/middle': { version: '1.0.0' } };
  write('home', 'package-lock.json', { name: 'home', lockfileVersion: 3, packages });
  return root;
}

test('what is left out as asked closes its findings, and the resource shows that it was left out', async (context) => {
  const names = ['left', 'right', 'middle'];
  const { ask } = await testNative(
    context,
    names.map((name, index) => beforeTwo(`CVE-2025-000${index}`, name)),
  );
  const root = machine(context);
  const push = async (options: TreeOptions & { readonly declared?: boolean }) => {
    const opened = openRootfs(root, options);
    assert.ok(opened.ok);
    const inventory = await takeInventory(opened.value, { workers: 0, declared: options.declared === true });
    opened.value.close();
    const answer = await ask('POST', '/inventories', JSON.parse(bodyOf(HOST, inventory, 'push')), 'agent');
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { created, reopened, closed } = answer.body.findings;
    const [resource] = (await ask('GET', '/resources')).body.resources;
    const shown = (await ask('GET', `/resources/${resource.id}`)).body;
    const problems: readonly (Problem & { readonly from: string })[] = shown.problems;
    return {
      findings: [created + reopened, closed],
      status: `${shown.statusCode} ${shown.statusReason}`,
      told: problems.map(({ code, effect, from, message }) => [
        code,
        effect,
        from,
        /Left out as asked: (.*?)\. |$/.exec(message)?.[1],
      ]),
    };
  };
  const all = await push({ declared: true });
  assert.deepEqual(all, { findings: [3, 0], status: 'ACTIVE SUCCESSFUL', told: [] });

  const fewer = await push({ declared: true, exclude: ['srv/**', 'mnt'] });
  const excluded = (glob: string) => ['paths-excluded', 'notice', 'inventory', glob];
  assert.deepEqual(fewer, { findings: [0, 1], status: 'ACTIVE SUCCESSFUL', told: [excluded('mnt'), excluded('srv/**')] });

  const { findings, told } = await push({ exclude: ['srv/**'], oneFileSystem: true });
  assert.deepEqual(findings, [0, 1]);
  assert.deepEqual(told, [
    ['declared-not-read', 'notice', 'inventory', undefined],
    ['file-systems-excluded', 'notice', 'inventory', 'file systems other than that of the root'],
    excluded('srv/**'),
  ]);

  assert.deepEqual(await push({ declared: true }), { findings: [2, 0], status: 'ACTIVE SUCCESSFUL', told: [] });
});
