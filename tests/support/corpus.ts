/**
 * Judging what a reader says of damaged input: it may find everything, or say that something is missing. Finding less in silence is
 * what must never happen.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { Limits } from '../../src/artifacts/file.ts';
import { type ImageOptions, openImage, openLambda, openRootfs } from '../../src/artifacts/open.ts';
import type { ArtifactSource } from '../../src/artifacts/source.ts';
import { takeInventory } from '../../src/inventory/pipeline/index.ts';
import { readSbom } from '../../src/inventory/sbom/read.ts';
import type { Inventory } from '../../src/model/package.ts';
import type { Problem, Result } from '../../src/model/problem.ts';
import { spent } from './spent.ts';
import type { TarEntry } from './tar.ts';
import { makeZip } from './zip.ts';

/** What a report would rest on: packages with their places, and why the result is incomplete. */
export interface Answer {
  readonly packages: readonly string[];
  /** Codes of problems that make the result incomplete (exit status 3), sorted, once each. */
  readonly incomplete: readonly string[];
}

/** How a file is handed to the scanner. */
export type Ask = (file: string) => Promise<Answer>;

/** Of processor time; sound samples take a few. */
const MAX_MILLISECONDS = 5000;

function codes(problems: readonly Problem[]): string[] {
  return [...new Set(problems.filter(({ effect }) => effect === 'incomplete').map(({ code }) => code))].sort();
}

function answerOf(inventory: Inventory): Answer {
  const packages = inventory.packages.flatMap(({ purl, locations }) => locations.map(({ path }) => `${purl} ${path}`));
  return { packages: packages.sort(), incomplete: codes(inventory.problems) };
}

async function answerFrom(opened: Result<ArtifactSource>, limits: Partial<Limits>): Promise<Answer> {
  if (!opened.ok) return { packages: [], incomplete: codes([opened.problem]) };
  try {
    return answerOf(await takeInventory(opened.value, { limits, workers: 0 }));
  } finally {
    opened.value.close();
  }
}

/** Asks for the inventory of an image file or layout; `temporaryDirectory` is the only place that may be written to. */
export function askImage(temporaryDirectory: string, limits: Partial<Limits> = {}, options: ImageOptions = {}): Ask {
  return async (file) => answerFrom(await openImage(file, { ...options, limits, temporaryDirectory }), limits);
}

/** Asks for the inventory of a function package. */
export function askLambda(temporaryDirectory: string, limits: Partial<Limits> = {}): Ask {
  return async (file) => answerFrom(openLambda(file, { limits, temporaryDirectory }), limits);
}

/** Asks for the inventory of a root file system. */
export function askRootfs(temporaryDirectory: string): Ask {
  return async (root) => answerFrom(openRootfs(root, { temporaryDirectory }), {});
}

/** Asks for the inventory that an SBOM describes. */
export async function askSbom(file: string): Promise<Answer> {
  const read = readSbom(readFileSync(file), 'sbom');
  return read.ok ? answerOf(read.value) : { packages: [], incomplete: codes([read.problem]) };
}

/** Whether `answer` is as good as the sound sample's, or says why it is not. */
export function isHonest(answer: Answer, sound: Answer): boolean {
  return answer.incomplete.length > 0 || sound.packages.every((line) => answer.packages.includes(line));
}

export interface Damage {
  readonly name: string;
  readonly bytes: Buffer;
  /** Where the damage is, for exceptions. */
  readonly at?: number;
}

/** Bytes whose damage nobody can notice, and why. */
export interface Exception {
  readonly reason: string;
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

function exceptionOf({ at }: Damage, exceptions: readonly Exception[]): Exception | undefined {
  if (at === undefined) return undefined;
  return exceptions.find(({ ranges }) => ranges.some(([start, end]) => at >= start && at < end));
}

/**
 * Puts damaged versions of a file before the scanner. None may throw, take long or lose something in silence, but where an exception
 * says so; an exception that nothing falls under is out of date.
 */
export async function assertHonest(
  file: string,
  ask: Ask,
  sound: Answer,
  damages: Iterable<Damage>,
  exceptions: readonly Exception[] = [],
): Promise<void> {
  assert.deepEqual(sound.incomplete, [], 'the sample is sound');
  assert.ok(sound.packages.length >= 2, 'the sample has something to lose');
  const silent: string[] = [];
  const used = new Set<Exception>();
  for (const damage of damages) {
    writeFileSync(file, damage.bytes);
    let answer = sound;
    const took = await spent(async () => {
      answer = await ask(file).catch((error: unknown) => assert.fail(`${damage.name} throws: ${String(error)}`));
    });
    assert.ok(took < MAX_MILLISECONDS, `${damage.name} took ${Math.round(took)} ms`);
    if (isHonest(answer, sound)) continue;
    const exception = exceptionOf(damage, exceptions);
    if (exception === undefined) silent.push(damage.name);
    else used.add(exception);
  }
  assert.deepEqual(silent, [], 'lost in silence');
  for (const exception of exceptions) assert.ok(used.has(exception), `nothing needs the exception “${exception.reason}”`);
}

/** Cut off before each of these bytes. */
export function* cuts(bytes: Buffer, places: Iterable<number>): Generator<Damage> {
  for (const at of places) yield { name: `cut at ${at}`, bytes: bytes.subarray(0, at) };
}

/** One bit turned in each of these bytes; which one changes from byte to byte. */
export function* flips(bytes: Buffer, places: Iterable<number>): Generator<Damage> {
  const damaged = Buffer.from(bytes);
  for (const at of places) {
    const before = damaged[at] ?? 0;
    damaged[at] = before ^ (1 << ((at * 5) % 8));
    yield { name: `flipped at ${at}`, at, bytes: damaged };
    damaged[at] = before;
  }
}

/** `start`, `start + step` … below `end`. */
export function* steps(start: number, end: number, step = 1): Generator<number> {
  for (let at = start; at < end; at += step) yield at;
}

/** Records the largest buffer that is asked for from here to the end of the test; the answer tells it. */
export function watchAllocations(context: TestContext): () => number {
  let largest = 0;
  const watched = Buffer as {
    alloc: typeof Buffer.alloc;
    allocUnsafe: typeof Buffer.allocUnsafe;
    allocUnsafeSlow: typeof Buffer.allocUnsafeSlow;
  };
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
    const original = watched[name].bind(Buffer);
    context.mock.method(watched, name, (size: number) => {
      largest = Math.max(largest, size);
      return original(size);
    });
  }
  return () => largest;
}

/** Where these pieces lie in a file, each once. */
export function rangesOf(bytes: Buffer, pieces: readonly (Uint8Array | string)[]): [start: number, end: number][] {
  return pieces.map((piece) => {
    const data = Buffer.from(piece);
    const start = bytes.indexOf(data);
    assert.ok(start >= 0, 'the piece is in the file');
    return [start, start + data.length];
  });
}

const STATUS = ['a 1.0-1', 'b 2.0-1']
  .map((line) => line.split(' '))
  .map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`);

/** A jar with one package. */
export function smallJar(name: string): Buffer {
  const data = `groupId=org.example\nartifactId=${name}\nversion=1.0\n`;
  return makeZip([{ name: `META-INF/maven/org.example/${name}/pom.properties`, data }]);
}

/** The files of two small layers: a Debian system, and an application with packages of npm and Maven. */
export const SYSTEM: readonly TarEntry[] = [
  { name: 'etc/os-release', data: 'ID=debian\nVERSION_ID=12\n' },
  { name: 'var/lib/dpkg/status', data: STATUS.join('\n') },
];
export const APPLICATION: readonly TarEntry[] = [
  { name: 'app/node_modules/x/package.json', data: '{"name":"x","version":"1.2.3"}' },
  { name: 'app/inner-1.0.jar', data: smallJar('inner') },
];
/** What is found in both layers. */
export const FOUND: readonly string[] = [
  'pkg:deb/debian/a@1.0-1?arch=amd64&distro=debian-12 var/lib/dpkg/status',
  'pkg:deb/debian/b@2.0-1?arch=amd64&distro=debian-12 var/lib/dpkg/status',
  'pkg:maven/org.example/inner@1.0 app/inner-1.0.jar',
  'pkg:npm/x@1.2.3 app/node_modules/x/package.json',
];
