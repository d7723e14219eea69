import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Answers } from './answers.ts';

test('an answer is kept as long as the version is the same, for the same question only', () => {
  const answers = new Answers<number>();
  let made = 0;
  const ask = (question: unknown, version: string) => answers.of(question, version, () => ++made);
  assert.deepEqual([ask({ low: 1 }, 'a'), ask({ low: 1 }, 'a'), ask({ low: 2 }, 'a')], [1, 1, 2]);
  assert.deepEqual([ask({ low: Number.POSITIVE_INFINITY }, 'a'), ask({ low: Number.NaN }, 'a'), ask({}, 'a')], [3, 4, 5]);
  assert.deepEqual([ask({ low: 1 }, 'b'), ask({ low: 1 }, 'b')], [6, 6]);
  for (let question = 0; question < 1000; question++) ask(question, 'b');
  assert.equal(ask({ low: 1 }, 'b'), 1007, 'not all are kept for ever');
});
