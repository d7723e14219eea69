/** The sections that lead from an id or alias to its advisories and facts. */
import { ByteWriter } from './bytes.ts';
import { slotHash } from './format.ts';
import { type AdvisoryHead, byText, mergeFacts } from './merge.ts';
import { packFacts, unpackFacts } from './records.ts';
import { bytesOf, hashTable } from './tables.ts';
import { WordList } from './words.ts';

/** `facts`: packed records by id, in the order of the sources; `text` stores a text and answers where. */
export function identifierSections(
  heads: readonly AdvisoryHead[],
  facts: ReadonlyMap<string, readonly string[]>,
  text: (value: string) => number,
) {
  const references = new Map<string, number[]>();
  heads.forEach((head, reference) => {
    for (const id of new Set([head.id, ...head.vulnerabilities, ...head.aliases])) {
      const list = references.get(id);
      if (list) list.push(reference);
      else references.set(id, [reference]);
    }
  });
  for (const id of facts.keys()) if (!references.has(id)) references.set(id, []);
  const identifiers = new WordList();
  const identifierAdvisories = new WordList();
  const heap = new ByteWriter(1 << 16);
  const hashes: number[] = [];
  for (const [id, list] of [...references].sort(([a], [b]) => byText(a, b))) {
    const [first, ...others] = (facts.get(id) ?? []).map(unpackFacts);
    identifiers.push(text(id));
    identifiers.push(first === undefined ? 0 : heap.length + 1);
    identifiers.push(identifierAdvisories.length);
    identifiers.push(list.length);
    for (const reference of list) identifierAdvisories.push(reference);
    if (first !== undefined) heap.text(packFacts(mergeFacts(first, others)));
    hashes.push(slotHash(0, id));
  }
  return {
    identifiers: bytesOf(identifiers),
    identifierTable: bytesOf(hashTable(hashes)),
    identifierAdvisories: bytesOf(identifierAdvisories),
    facts: heap.view(),
  };
}
