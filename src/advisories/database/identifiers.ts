/** The sections that lead from an id or alias to its advisories and facts. */
import { ByteWriter } from './bytes.ts';
import { slotHash } from './format.ts';
import { type AdvisoryHead, byText, mergeFacts } from './merge.ts';
import { packFacts, unpackFacts } from './records.ts';
import { bytesOf, hashTable } from './tables.ts';
import { WordList } from './words.ts';

export interface PackedFacts {
  readonly packed: string;
  /** As `ProseLayout.reference` takes it. */
  readonly description: number;
}

export class Identifiers {
  readonly #references = new Map<string, number[]>();

  /** Advisories come in the order of their numbers. */
  add({ id, vulnerabilities, aliases }: AdvisoryHead, reference: number): void {
    for (const one of new Set([id, ...vulnerabilities, ...aliases])) {
      const list = this.#references.get(one);
      if (list) list.push(reference);
      else this.#references.set(one, [reference]);
    }
  }

  /**
   * `facts`: records by id, in the order of the sources; `text` stores a text and answers where; `prose` turns the reference of a
   * description into the file's.
   */
  sections(
    facts: ReadonlyMap<string, readonly PackedFacts[]>,
    text: (value: string) => number,
    prose: (reference: number) => number,
  ) {
    const identifiers = new WordList();
    const identifierAdvisories = new WordList();
    const heap = new ByteWriter(1 << 16);
    const hashes: number[] = [];
    for (const id of [...new Set([...this.#references.keys(), ...facts.keys()])].sort(byText)) {
      const references = this.#references.get(id) ?? [];
      const records = facts.get(id) ?? [];
      const [first, ...others] = records.map(({ packed }) => unpackFacts(packed));
      const description = records.find((record) => record.description > 0)?.description ?? 0;
      identifiers.push(text(id));
      identifiers.push(first === undefined ? 0 : heap.length + 1);
      identifiers.push(identifierAdvisories.length);
      identifiers.push(references.length);
      for (const reference of references) identifierAdvisories.push(reference);
      if (first !== undefined) heap.text(packFacts(mergeFacts(first, others), prose(description)));
      hashes.push(slotHash(0, id));
    }
    return {
      identifiers: bytesOf(identifiers),
      identifierTable: bytesOf(hashTable(hashes)),
      identifierAdvisories: bytesOf(identifierAdvisories),
      facts: heap.view(),
    };
  }
}
