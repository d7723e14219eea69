/** What an analysis says is reached, as sets that can be compared point by point. */
import type { Estate } from '../../../src/estate/estate.ts';
import { openings } from '../../../src/network/analyse.ts';
import type { Exposure, PortRange } from '../../../src/network/exposure.ts';
import { interpret } from '../../../src/network/interpret/index.ts';
import { SPACE4, SPACE6 } from '../../../src/network/sets/space.ts';

interface Box {
  readonly sources: readonly (readonly [first: bigint, last: bigint])[];
  readonly ports: readonly PortRange[];
  readonly clientPorts: readonly PortRange[];
}

/** By destination, protocol and source: what gets there and back, or at least there; for certain, or possibly. */
export type Reached = ReadonlyMap<string, readonly Box[]>;

export interface Point {
  readonly source: bigint;
  readonly port: number;
  readonly client: number;
}

function addressOf(text: string): bigint {
  return BigInt(SPACE4.address(text) ?? SPACE6.address(text) ?? -1);
}

function boxesOf({ reach }: Exposure): readonly Box[] {
  return reach.map(({ sources, ports, clientPorts }) => ({
    sources: sources.map(({ first, last }) => [addressOf(first), addressOf(last)]),
    ports,
    clientPorts,
  }));
}

const ANY_CLIENT: readonly PortRange[] = [{ begin: 0, end: 65_535 }];

/** A destination as one name. */
function keyOf({ interface: eni, address, protocol, source, through }: Exposure): string {
  const behind = through === undefined ? [] : [through.loadBalancer, through.listenerPort, through.targetGroup];
  return [eni, address, protocol, source.kind, source.id, ...behind].join(' ');
}

export function reachedIn(estate: Estate): Reached {
  const reached = new Map<string, Box[]>();
  for (const { exposure } of openings(interpret(estate), { oneWay: true, privateLink: true })) {
    const sure = exposure.unknown.length === 0;
    const both = exposure.ways === 'two-way';
    for (const level of [
      'possibly there',
      ...(both ? ['possibly'] : []),
      ...(sure ? ['there'] : []),
      ...(sure && both ? ['certainly'] : []),
    ]) {
      const key = `${level}: ${keyOf(exposure)}`;
      // What only arrives is told of ports that no client gets a reply from: the client's own port has no say in it.
      const boxes = boxesOf(exposure).map((box) => (level.endsWith('there') ? { ...box, clientPorts: ANY_CLIENT } : box));
      reached.set(key, [...(reached.get(key) ?? []), ...boxes]);
    }
  }
  return reached;
}

function within(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(({ begin, end }) => begin <= port && port <= end);
}

export function has(boxes: readonly Box[], { source, port, client }: Point): boolean {
  return boxes.some(
    ({ sources, ports, clientPorts }) =>
      within(ports, port) && within(clientPorts, client) && sources.some(([first, last]) => first <= source && source <= last),
  );
}

function edges(ranges: readonly PortRange[]): number[] {
  return ranges.flatMap(({ begin, end }) => [begin, end + 1]);
}

/** One point of every cell that the boxes' edges cut: what holds for these holds for all. */
export function pointsOf(boxes: readonly Box[]): readonly Point[] {
  const sources = new Set(boxes.flatMap((box) => box.sources.flatMap(([first, last]) => [first, last + 1n])));
  const ports = new Set(boxes.flatMap((box) => edges(box.ports)));
  const clients = new Set(boxes.flatMap((box) => edges(box.clientPorts)));
  const points: Point[] = [];
  for (const source of sources) for (const port of ports) for (const client of clients) points.push({ source, port, client });
  return points;
}

/** What the first reaches and the second does not, in words; undefined when the second holds it all. */
export function beyond(one: Reached, other: Reached): string | undefined {
  for (const [key, boxes] of one) {
    const theirs = other.get(key) ?? [];
    const lost = pointsOf([...boxes, ...theirs]).find((point) => has(boxes, point) && !has(theirs, point));
    if (lost !== undefined) return `${key}: from ${lost.source}:${lost.client} to port ${lost.port}`;
  }
  return undefined;
}
