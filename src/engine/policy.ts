/**
 * The policy language of `--fail-on`: a severity word (`high` = high or worse) or an expression over a finding's fields, such as
 * `kev or (severity >= high and fixable)`. Words: `and`/`&&`, `or`/`||`, `not`/`!`, parentheses, `< <= = == != >= >`.
 */
import { SEVERITIES, type Severity, type Vulnerability } from '../model/finding.ts';
import { fail, incomplete, ok, type Result } from '../model/problem.ts';

export type Policy = (finding: Vulnerability) => boolean;

/** From least to most urgent, so that `>=` reads as "at least as bad". UNTRIAGED is below all: unknown is asked for by name. */
const RANKS: Readonly<Record<Severity, number>> = { UNTRIAGED: 0, INFORMATIONAL: 1, LOW: 2, MEDIUM: 3, HIGH: 4, CRITICAL: 5 };

/** Undefined = not known: then every comparison is false. */
const NUMBERS: ReadonlyMap<string, (finding: Vulnerability) => number | undefined> = new Map([
  ['severity', (finding: Vulnerability) => RANKS[finding.severity]],
  ['score', (finding: Vulnerability) => finding.score?.value],
  ['epss', (finding: Vulnerability) => finding.epss?.score],
  ['priority', (finding: Vulnerability) => finding.priority.value],
]);

const FLAGS: ReadonlyMap<string, Policy> = new Map<string, Policy>([
  ['kev', (finding) => finding.kev !== undefined],
  ['fixable', (finding) => finding.status === 'fix-available'],
  ['exploit', (finding) => finding.exploits.length > 0],
  ['malware', (finding) => finding.kind === 'malware'],
  ['eol', (finding) => finding.kind === 'end-of-life'],
]);

const COMPARISONS: ReadonlyMap<string, (a: number, b: number) => boolean> = new Map([
  ['<', (a: number, b: number) => a < b],
  ['<=', (a: number, b: number) => a <= b],
  ['=', (a: number, b: number) => a === b],
  ['==', (a: number, b: number) => a === b],
  ['!=', (a: number, b: number) => a !== b],
  ['>=', (a: number, b: number) => a >= b],
  ['>', (a: number, b: number) => a > b],
]);

const TOKEN = /\s*(?:(<=|>=|==|!=|&&|\|\||[<>=!()])|(\d+(?:\.\d+)?%?)|([A-Za-z]+))/y;

function tokenize(text: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text);
    if (found === null) return undefined;
    tokens.push((found[1] ?? found[2] ?? found[3] ?? '').toLowerCase());
  }
  return tokens;
}

function severityRank(word: string): number | undefined {
  const severity = SEVERITIES.find((name) => name.toLowerCase() === word);
  return severity === undefined ? undefined : RANKS[severity];
}

/** A recursive descent over the tokens; a thrown SyntaxError never leaves `parsePolicy`. */
class Parser {
  private next = 0;
  private depth = 0;
  private readonly tokens: readonly string[];

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  parse(): Policy {
    const policy = this.either();
    if (this.next < this.tokens.length) throw new SyntaxError(`"${this.tokens[this.next]}" was not expected`);
    return policy;
  }

  private take(...words: readonly string[]): boolean {
    if (!words.includes(this.tokens[this.next] ?? '')) return false;
    this.next++;
    return true;
  }

  private either(): Policy {
    if (++this.depth > 100) throw new SyntaxError('nested too deeply');
    let left = this.both();
    while (this.take('or', '||')) {
      const [a, b] = [left, this.both()];
      left = (finding) => a(finding) || b(finding);
    }
    this.depth--;
    return left;
  }

  private both(): Policy {
    let left = this.unary();
    while (this.take('and', '&&')) {
      const [a, b] = [left, this.unary()];
      left = (finding) => a(finding) && b(finding);
    }
    return left;
  }

  private unary(): Policy {
    if (this.take('not', '!')) {
      if (++this.depth > 100) throw new SyntaxError('nested too deeply');
      const inner = this.unary();
      this.depth--;
      return (finding) => !inner(finding);
    }
    if (this.take('(')) {
      const inner = this.either();
      if (!this.take(')')) throw new SyntaxError('a ")" is missing');
      return inner;
    }
    return this.term();
  }

  private term(): Policy {
    const word = this.tokens[this.next++];
    if (word === undefined) throw new SyntaxError('it ends too early');
    const flag = FLAGS.get(word);
    if (flag !== undefined) return flag;
    const field = NUMBERS.get(word);
    if (field !== undefined) {
      const compare = COMPARISONS.get(this.tokens[this.next++] ?? '');
      if (compare === undefined) throw new SyntaxError(`"${word}" needs a comparison after it`);
      const value = this.operand(word);
      return (finding) => {
        const known = field(finding);
        return known !== undefined && compare(known, value);
      };
    }
    const rank = severityRank(word);
    if (rank !== undefined) return (finding) => RANKS[finding.severity] >= rank;
    throw new SyntaxError(`"${word}" is not known`);
  }

  private operand(field: string): number {
    const token = this.tokens[this.next++] ?? '';
    if (field === 'severity') {
      const rank = severityRank(token);
      if (rank === undefined) throw new SyntaxError(`"${token}" is not a severity`);
      return rank;
    }
    const number = Number(token.replace('%', ''));
    if (token === '' || Number.isNaN(number)) throw new SyntaxError(`"${token}" is not a number`);
    return token.endsWith('%') ? number / 100 : number;
  }
}

/** Parses a policy; the problem `policy-invalid` says what was wrong and shows the language. */
export function parsePolicy(text: string): Result<Policy> {
  const hint = `Write a severity (${SEVERITIES.map((name) => name.toLowerCase()).join(', ')}) or an expression such as "kev or (severity >= high and fixable)" over ${[...NUMBERS.keys(), ...FLAGS.keys()].join(', ')}.`;
  const tokens = tokenize(text);
  if (tokens === undefined || tokens.length === 0)
    return fail(incomplete('policy-invalid', `The policy "${text}" cannot be read. ${hint}`));
  try {
    return ok(new Parser(tokens).parse());
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail(incomplete('policy-invalid', `The policy "${text}" cannot be read: ${error.message}. ${hint}`));
  }
}
