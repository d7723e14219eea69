/** Resources held in memory column by column, with the attributes they are filtered, sorted and grouped by. */
import type { Kysely, Selectable } from 'kysely';
import type { ResourceAttributeTable, ResourceTable, Tables } from '../../schema.ts';
import { chunks } from '../../store.ts';
import type { ResourceColumn } from '../fields.ts';
import { doubles, type Texts, unsigned, type Vector } from './vector.ts';

const RESOURCE_TEXTS = [
  'uid',
  'account',
  'region',
  'type',
  'platform',
  'scan_mode',
  'status_code',
  'status_reason',
] as const satisfies readonly (ResourceColumn | 'platform')[];

export type ResourceText = (typeof RESOURCE_TEXTS)[number];
type ResourceRow = Pick<Selectable<ResourceTable>, 'id' | ResourceText | 'scanned_at'>;
type AttributeRow = Pick<Selectable<ResourceAttributeTable>, 'name' | 'value' | 'number'>;

/** Attributes that no resource has any more are dropped when there are so many. */
const DROPPED = 10_000;
const TAG = 'tag:';

/** Rows of `resource_attribute`, those of one resource together. */
class Attributes {
  readonly name = unsigned();
  readonly text = unsigned();
  readonly number = doubles();

  push(name: number, text: number, number: number): void {
    this.name.push(name);
    this.text.push(text);
    this.number.push(number);
  }
}

/** One resource: what aggregations show and group by. */
export interface ResourceEntry {
  readonly account: string;
  readonly region: string;
  readonly type: string;
  readonly uid: string;
  readonly platform: string | undefined;
  /** Texts of an attribute, in the order in which they are stored. */
  texts(name: string): readonly string[];
  /** First number of an attribute. */
  number(name: string): number | undefined;
  tags(): Record<string, string>;
}

/** Resources by position; a change takes the place of what was there. */
export class Resources {
  readonly strings: Texts;
  readonly id = doubles();
  readonly scannedAt = doubles();
  readonly text = Object.fromEntries(RESOURCE_TEXTS.map((name) => [name, unsigned()])) as Record<
    ResourceText,
    Vector<Uint32Array>
  >;
  readonly start = unsigned();
  readonly end = unsigned();
  attributes = new Attributes();
  /** Attributes that were replaced. */
  #left = 0;

  constructor(strings: Texts) {
    this.strings = strings;
  }

  get size(): number {
    return this.id.size;
  }

  /** Writes a resource at a position: one that is there, or the next. */
  put(position: number, row: ResourceRow, attributes: readonly AttributeRow[]): void {
    if (position === this.size) {
      for (const column of [this.id, this.scannedAt, this.start, this.end, ...Object.values(this.text)]) column.push(0);
    }
    this.#left += this.end.at(position) - this.start.at(position);
    this.id.values[position] = row.id;
    this.scannedAt.values[position] = row.scanned_at ?? Number.NaN;
    for (const name of RESOURCE_TEXTS) this.text[name].values[position] = this.strings.of(row[name]);
    this.start.values[position] = this.attributes.name.size;
    for (const { name, value, number } of attributes) {
      this.attributes.push(this.strings.of(name), this.strings.of(value), number ?? Number.NaN);
    }
    this.end.values[position] = this.attributes.name.size;
    if (this.#left > DROPPED && this.#left * 2 > this.attributes.name.size) this.#compact();
  }

  #compact(): void {
    const { name, text, number } = this.attributes;
    const kept = new Attributes();
    for (let position = 0; position < this.size; position++) {
      const [from, to] = [this.start.at(position), this.end.at(position)];
      this.start.values[position] = kept.name.size;
      for (let at = from; at < to; at++) kept.push(name.at(at), text.at(at), number.at(at));
      this.end.values[position] = kept.name.size;
    }
    this.attributes = kept;
    this.#left = 0;
  }

  textOf(column: ResourceText, position: number): string | undefined {
    return this.strings.at(this.text[column].at(position));
  }

  /** The number of the first text that resources have of an attribute, by position; 0: none. */
  firstText(name: string): (position: number) => number {
    const wanted = this.strings.find(name);
    const { name: names, text } = this.attributes;
    return (position) => {
      for (let at = this.start.at(position); at < this.end.at(position); at++) if (names.at(at) === wanted) return text.at(at);
      return 0;
    };
  }

  /** The first number likewise; NaN: none. */
  firstNumber(name: string): (position: number) => number {
    const wanted = this.strings.find(name);
    const { name: names, number } = this.attributes;
    return (position) => {
      for (let at = this.start.at(position); at < this.end.at(position); at++) {
        if (names.at(at) === wanted && !Number.isNaN(number.at(at))) return number.at(at);
      }
      return Number.NaN;
    };
  }

  /** Places in `attributes` of what a resource has of one name. */
  #places(position: number, name: string): number[] {
    const wanted = this.strings.find(name);
    const found: number[] = [];
    for (let at = this.start.at(position); at < this.end.at(position); at++) {
      if (this.attributes.name.at(at) === wanted) found.push(at);
    }
    return found;
  }

  texts(position: number, name: string): readonly string[] {
    return this.#places(position, name).map((at) => this.strings.at(this.attributes.text.at(at)) ?? '');
  }

  number(position: number, name: string): number | undefined {
    return this.#places(position, name)
      .map((at) => this.attributes.number.at(at))
      .find((number) => !Number.isNaN(number));
  }

  at(position: number): ResourceEntry {
    const text = (column: ResourceText) => this.textOf(column, position) ?? '';
    return {
      account: text('account'),
      region: text('region'),
      type: text('type'),
      uid: text('uid'),
      platform: this.textOf('platform', position),
      texts: (name) => this.texts(position, name),
      number: (name) => this.number(position, name),
      tags: () => this.#tags(position),
    };
  }

  #tags(position: number): Record<string, string> {
    const tags: [string, string][] = [];
    for (let at = this.start.at(position); at < this.end.at(position); at++) {
      const name = this.strings.at(this.attributes.name.at(at)) ?? '';
      if (name.startsWith(TAG)) tags.push([name.slice(TAG.length), this.strings.at(this.attributes.text.at(at)) ?? '']);
    }
    return Object.fromEntries(tags);
  }
}

/** Reads resources with their attributes and writes each where `place` says; ids that are not there are left out. */
export async function putResources(
  db: Kysely<Tables>,
  ids: readonly number[],
  resources: Resources,
  place: (id: number) => number = () => resources.size,
): Promise<void> {
  for (const some of chunks(ids)) {
    const rows = await db
      .selectFrom('resource')
      .select(['id', ...RESOURCE_TEXTS, 'scanned_at'])
      .where('id', 'in', some)
      .execute();
    const attributes = await db.selectFrom('resource_attribute').selectAll().where('resource_id', 'in', some).execute();
    const byResource = Map.groupBy(attributes, ({ resource_id }) => resource_id);
    for (const row of rows) resources.put(place(row.id), row, byResource.get(row.id) ?? []);
  }
}
