/** The Python clients: one process each, asked a question at a time. */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { temporaryDirectory } from '../support/directory.ts';
import { atEnd } from '../support/end.ts';
import { pythonPackages } from '../support/moto.ts';
import { REGION } from '../support/service.ts';
import type { Client, Question } from './client.ts';
import type { Stage } from './stage.ts';

const LONGEST_ANSWER_MS = 180_000;
/** The AWS CLI of Debian and its Python. */
const DEBIAN = { cli: '/usr/bin/aws', python: '/usr/bin/python3' };

async function start(
  context: TestContext,
  stage: Stage,
  kind: 'botocore' | 'awscli',
  python: string,
  path?: string,
): Promise<Client> {
  const directory = temporaryDirectory(context);
  const configuration = join(directory, 'config');
  // Times as they go over the wire: seconds. Each of the two major versions has a word of its own for that.
  writeFileSync(configuration, `[default]\ncli_timestamp_format = ${path === undefined ? 'wire' : 'none'}\n`);
  const { accessKeyId, secretAccessKey } = await stage.service.key();
  const child = spawn(python, [join(import.meta.dirname, 'client.py'), kind], {
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      ...(path !== undefined && { PYTHONPATH: path }),
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUTF8: '1',
      ENDPOINT: await stage.service.url(),
      AWS_CONFIG_FILE: configuration,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  atEnd(context, () => child.kill('SIGKILL'));
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => {
    told = (told + chunk.toString('utf8')).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_ANSWER_MS);
    const { value, done } = await lines.next();
    clearTimeout(timer);
    if (done) throw new Error(`${kind} ended: ${told}`);
    return JSON.parse(value);
  };
  const { version, operations } = await answer();
  return {
    name: `${kind} ${version}`,
    kind,
    operations,
    ask(question: Question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return answer();
    },
  };
}

/** botocore of Python's registry; rejects with the reason when it cannot be had. */
export async function botocoreClient(context: TestContext, stage: Stage): Promise<Client> {
  return start(context, stage, 'botocore', 'python3', await pythonPackages());
}

/** The AWS CLI of Python's registry; rejects with the reason when it cannot be had. */
export async function awscliClient(context: TestContext, stage: Stage): Promise<Client> {
  return start(context, stage, 'awscli', 'python3', await pythonPackages());
}

/** The AWS CLI of Debian (2.9); rejects when it is not installed. */
export async function debianClient(context: TestContext, stage: Stage): Promise<Client> {
  if (!existsSync(DEBIAN.cli)) throw new Error("needs Debian's awscli: apt-get install awscli");
  return start(context, stage, 'awscli', DEBIAN.python);
}
