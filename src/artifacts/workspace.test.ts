/** What is left behind when a process is told to stop: nothing, whoever sees to its end. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const WORKSPACE = join(import.meta.dirname, 'workspace.ts');

function run(script: string) {
  const begin = `const { registerCleanup } = await import(${JSON.stringify(WORKSPACE)});
    registerCleanup(() => process.stdout.write('cleaned\\n'));
    const alive = setInterval(() => undefined, 1000);\n`;
  const end = "\nprocess.kill(process.pid, 'SIGTERM');";
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `${begin}${script}${end}`],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return { how: signal ?? status, stdout, stderr };
}

test('a signal that nobody else listens to ends the process when it has cleaned up', () => {
  assert.deepEqual(run(''), { how: 'SIGTERM', stdout: 'cleaned\n', stderr: '' });
});

test('where somebody else listens he hears of one signal, and what is still there goes at the end', () => {
  const script = `process.on('SIGTERM', () => {
    process.stdout.write('told\\n');
    clearInterval(alive);
  });`;
  assert.deepEqual(run(script), { how: 0, stdout: 'told\ncleaned\n', stderr: '' });
});
