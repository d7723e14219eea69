/** Where the boxes of a picture go: columns from left to right, each box near to what it is joined with, none over another. */
import { PICTURE_COLUMNS, type Picture, type PictureEdge, type PictureNode } from '../picture.ts';

export interface Placed {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Undefined: only a bend, where an edge passes a column. */
  readonly node?: PictureNode;
}

export interface Route {
  readonly edge: PictureEdge;
  /** Two or more, from left to right. */
  readonly stops: readonly Placed[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly placed: readonly Placed[];
  readonly routes: readonly Route[];
  /** Left edges of the columns that have boxes, with their names. */
  readonly columns: readonly { readonly x: number; readonly title: string }[];
}

const WIDTHS = [170, 280, 220, 280, 250] as const;
/** Room for a note. */
const LEAST_WIDTH = 480;
const GAP_X = 56;
const GAP_Y = 14;
const MARGIN = 16;
const HEAD = 30;
/** Rounds of moving boxes towards their neighbours: more change nothing to see. */
const ROUNDS = 6;

interface Cell {
  readonly id: string;
  readonly column: number;
  readonly height: number;
  readonly node?: PictureNode;
  readonly neighbours: Cell[];
  y: number;
}

function heightOf({ lines }: PictureNode): number {
  return 30 + lines.length * 15;
}

function middle({ y, height }: Cell): number {
  return y + height / 2;
}

/** Cells by column in the order in which chains visit them, so that chains rarely cross. */
function inOrder(cells: ReadonlyMap<string, Cell>): Cell[][] {
  const columns: Cell[][] = PICTURE_COLUMNS.map(() => []);
  const seen = new Set<Cell>();
  const visit = (cell: Cell): void => {
    if (seen.has(cell)) return;
    seen.add(cell);
    columns[cell.column]?.push(cell);
    for (const next of cell.neighbours) if (next.column > cell.column) visit(next);
  };
  for (const cell of [...cells.values()].sort((a, b) => a.column - b.column)) visit(cell);
  return columns;
}

function heightOfAll(cells: readonly Cell[]): number {
  return cells.reduce((sum, { height }) => sum + height + GAP_Y, -GAP_Y);
}

function stack(cells: readonly Cell[], top: number): void {
  let y = top;
  for (const cell of cells) {
    cell.y = y;
    y += cell.height + GAP_Y;
  }
}

/** Moves cells of a column to where their neighbours are, as far as there is room. */
function settle(cells: Cell[], bottom: number): void {
  const wanted = new Map(
    cells.map((cell) => {
      const { neighbours } = cell;
      const mean = neighbours.reduce((sum, next) => sum + middle(next), 0) / Math.max(1, neighbours.length);
      return [cell, neighbours.length === 0 ? cell.y : mean - cell.height / 2];
    }),
  );
  const at = (cell: Cell): number => wanted.get(cell) ?? cell.y;
  cells.sort((a, b) => at(a) + a.height / 2 - (at(b) + b.height / 2));
  let y = 0;
  for (const cell of cells) {
    cell.y = Math.max(y, at(cell));
    y = cell.y + cell.height + GAP_Y;
  }
  let floor = bottom;
  for (const cell of cells.toReversed()) {
    cell.y = Math.min(cell.y, floor - cell.height);
    floor = cell.y - GAP_Y;
  }
}

/** Bends keep edges that pass a column from running under its boxes. */
function withBends(edges: readonly PictureEdge[], cells: Map<string, Cell>): (readonly [PictureEdge, readonly Cell[]])[] {
  const used = new Set([...cells.values()].map(({ column }) => column));
  return edges.flatMap((edge) => {
    const [from, to] = [cells.get(edge.from), cells.get(edge.to)];
    if (from === undefined || to === undefined) return [];
    const stops = [from];
    for (let column = from.column + 1; column < to.column; column++) {
      if (!used.has(column)) continue;
      const bend: Cell = { id: `bend ${column} ${edge.from} ${edge.to}`, column, height: 2, neighbours: [], y: 0 };
      cells.set(bend.id, bend);
      stops.push(bend);
    }
    stops.push(to);
    for (const [index, stop] of stops.entries()) {
      const next = stops[index + 1];
      if (next === undefined) continue;
      stop.neighbours.push(next);
      next.neighbours.push(stop);
    }
    return [[edge, stops] as const];
  });
}

/** Lays a picture out. */
export function layOut({ nodes, edges }: Picture): Layout {
  const cells = new Map(
    nodes.map((node): [string, Cell] => [
      node.id,
      { id: node.id, column: node.column, height: heightOf(node), node, neighbours: [], y: 0 },
    ]),
  );
  const chains = withBends(edges, cells);
  const columns = inOrder(cells);
  const tallest = columns.reduce((best, column) => (heightOfAll(column) > heightOfAll(best) ? column : best), columns[0] ?? []);
  const height = heightOfAll(tallest);
  for (const column of columns) stack(column, (height - heightOfAll(column)) / 2);
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? columns.toReversed() : columns;
    for (const column of order) if (column !== tallest) settle(column, height);
  }
  const xs = new Map<number, number>();
  let x = MARGIN;
  for (const [column, width] of WIDTHS.entries()) {
    if ((columns[column]?.length ?? 0) === 0) continue;
    xs.set(column, x);
    x += width + GAP_X;
  }
  const placed = new Map(
    [...cells.values()].map((cell): [Cell, Placed] => [
      cell,
      {
        id: cell.id,
        x: xs.get(cell.column) ?? 0,
        y: Math.round(cell.y) + MARGIN + HEAD,
        width: WIDTHS[cell.column] ?? 0,
        height: cell.height,
        ...(cell.node === undefined ? {} : { node: cell.node }),
      },
    ]),
  );
  return {
    width: Math.max(LEAST_WIDTH, x - GAP_X + MARGIN),
    height: Math.max(0, height) + 2 * MARGIN + HEAD,
    placed: [...placed.values()],
    routes: chains.map(([edge, stops]) => ({ edge, stops: stops.flatMap((stop) => placed.get(stop) ?? []) })),
    columns: [...xs].map(([column, left]) => ({ x: left, title: PICTURE_COLUMNS[column] ?? '' })),
  };
}
