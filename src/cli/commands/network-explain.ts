/** `vedette network explain`: why a port can be reached, or what stops it and what would open it. */
import { openEstate } from '../../estate/read.ts';
import { explainEstate } from '../../network/explain/index.ts';
import { parseTarget } from '../../network/explain/question.ts';
import { interpret } from '../../network/interpret/index.ts';
import { renderExplanation } from '../../reports/network/explanation.ts';
import { namesOf } from '../../reports/network/names.ts';
import { orThrow } from '../advisories.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit.ts';
import { writeStdout } from '../output.ts';
import { progressOn, useColor } from '../terminal.ts';

export interface NetworkExplainOptions {
  readonly to: string;
  readonly from?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Status 3 when the answer is not known, or the snapshot has gaps. */
export async function networkExplain(snapshot: string, options: NetworkExplainOptions): Promise<ExitStatus> {
  const target = parseTarget(options.to);
  if (target === undefined)
    throw new CommandError(
      `--to "${options.to}": give what and which port, e.g. i-0abc:22, eni-0abc:53/udp, 203.0.113.7:443 or [2001:db8::1]:443`,
      EXIT.usage,
    );
  const progress = progressOn(process.stderr, options.quiet === true);
  progress.step(`reading ${snapshot} …`);
  const estate = orThrow(await openEstate(snapshot));
  const network = interpret(estate);
  const question = { ...target, ...(options.from === undefined ? {} : { from: options.from }) };
  const explanation = orThrow(explainEstate(estate, network, question));
  progress.done();
  const width = Math.max(80, process.stdout.columns ?? 120);
  const look = { color: useColor(process.stdout), width };
  if (options.json === true) writeStdout([`${JSON.stringify({ ...explanation, problems: network.problems }, undefined, 2)}\n`]);
  else writeStdout(renderExplanation(explanation, namesOf(estate), look));
  const gaps = network.problems.filter(({ effect }) => effect === 'incomplete');
  for (const { code, message } of gaps) progress.say(`${code}: ${message}`);
  return explanation.verdict === 'unknown' || gaps.length > 0 ? EXIT.incomplete : EXIT.done;
}
