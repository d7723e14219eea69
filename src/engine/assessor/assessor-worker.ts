/** The thread that assesses: with a handle of its own on the advisory database and a connection of its own to the store. */
import { parentPort, workerData } from 'node:worker_threads';
import { type FileDatabase, openDatabase } from '../../advisories/database/index.ts';
import { ok, type Result } from '../../model/problem.ts';
import { openInThread } from '../../store/index.ts';
import { type Matcher, matcher } from '../matcher.ts';
import { assessor } from './assessor.ts';
import {
  type Answers,
  type FromThread,
  failureOf,
  type Question,
  type ThreadSettings,
  type ToThread,
  type Work,
  WorkError,
} from './protocol.ts';

const settings: ThreadSettings = workerData;
const answers = new Map<number, { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }>();
let asked = 0;

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

function ask<K extends Question['kind']>(question: Question & { readonly kind: K }): { id: number; answer: Promise<Answers[K]> } {
  const id = ++asked;
  const answer = new Promise<Answers[K]>((resolve, reject) => answers.set(id, { resolve, reject }));
  tell({ ask: id, question });
  return { id, answer };
}

const turns = {
  async take() {
    const { id, answer } = ask({ kind: 'turn' });
    await answer;
    return () => tell({ written: id });
  },
};

let database: FileDatabase | undefined;
let known: { readonly matcher: Matcher; readonly today: string } | undefined;

/** The file may have been replaced since the answer: then another one is in use, too. */
async function current(): Promise<Result<Matcher>> {
  for (;;) {
    const told = await ask({ kind: 'current' }).answer;
    if (!told.ok) return told;
    const { path, builtAt, today, unsure } = told.value;
    if (database?.info.builtAt !== builtAt) {
      database?.close();
      database = undefined;
      known = undefined;
      const opened = openDatabase(path);
      if (!opened.ok) return opened;
      database = opened.value;
      if (database.info.builtAt !== builtAt) continue;
    }
    if (known?.today !== today) known = { matcher: matcher(database, today, unsure), today };
    return ok(known.matcher);
  }
}

const opened = await openInThread(settings.engine, settings.address, turns);

async function perform(job: number, work: Work): Promise<Result<unknown>> {
  if (!opened.ok) return opened;
  const here = assessor({ store: opened.value, matcher: current, clock: Date.now });
  if (work.kind === 'ingest') return here.ingest(work.arrival);
  if (work.kind === 'document') return here.document(work.file, work.announced);
  if (work.kind === 'rescan') return here.rescan(work.resource);
  if (work.kind === 'rematch') return here.rematch();
  return here.receive(work.body, async (envelope) => {
    const admitted = await ask({ kind: 'admit', job, envelope }).answer;
    if (admitted === undefined) throw new Error('refused');
    return admitted;
  });
}

parentPort?.on('message', async (message: ToThread) => {
  if (message === 'close') {
    database?.close();
    if (opened.ok) await opened.value.close();
    parentPort?.close();
  } else if ('answer' in message) {
    const waiting = answers.get(message.answer);
    answers.delete(message.answer);
    if ('failure' in message) waiting?.reject(new WorkError(message.failure));
    // The answer is of the kind that the question asks for.
    else waiting?.resolve(message.value as never);
  } else {
    try {
      tell({ done: message.job, result: await perform(message.job, message.work) });
    } catch (error) {
      tell({ failed: message.job, failure: failureOf(error) });
    }
  }
});
