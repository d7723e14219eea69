/** yum's updateinfo.xml, update by update. https://github.com/rpm-software-management/createrepo_c/blob/master/doc (updateinfo) */
import { type SaxesAttributePlain, SaxesParser } from 'saxes';
import { messageOf } from '../../../model/problem.ts';
import { Malformed } from '../reading.ts';

export interface UpdatePackage {
  readonly name: string;
  /** `epoch:version-release`. */
  readonly version: string;
  readonly architecture: string;
}

export interface Update {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly issued: string;
  readonly updated: string;
  readonly severity: string;
  /** Ids of the references of type `cve`. */
  readonly cves: readonly string[];
  readonly packages: readonly UpdatePackage[];
}

type Attributes = Record<string, string | SaxesAttributePlain>;

const MAX_TEXT = 10_000;
const MAX_PACKAGES = 100_000;
const TEXTS = ['id', 'title', 'description', 'severity'] as const;

function isText(name: string): name is (typeof TEXTS)[number] {
  return TEXTS.some((one) => one === name);
}

class UpdateReader {
  readonly done: Update[] = [];
  #current: { -readonly [Key in keyof Update]: Update[Key] extends readonly (infer Item)[] ? Item[] : Update[Key] } | undefined;
  #text: string | undefined;

  open(name: string, attributes: Attributes): void {
    const value = (key: string) => {
      const found = attributes[key];
      return typeof found === 'string' ? found : '';
    };
    if (name === 'update') {
      this.#current = {
        id: '',
        type: value('type'),
        title: '',
        description: '',
        issued: '',
        updated: '',
        severity: '',
        cves: [],
        packages: [],
      };
      return;
    }
    const update = this.#current;
    if (update === undefined) return;
    if (isText(name)) this.#text = '';
    else if (name === 'issued') update.issued = value('date');
    else if (name === 'updated') update.updated = value('date');
    else if (name === 'reference' && value('type') === 'cve' && update.cves.length < MAX_PACKAGES) update.cves.push(value('id'));
    else if (name === 'package' && value('name') !== '' && update.packages.length < MAX_PACKAGES) {
      const epoch = value('epoch');
      update.packages.push({
        name: value('name'),
        version: `${epoch === '' ? '0' : epoch}:${value('version')}-${value('release')}`,
        architecture: value('arch'),
      });
    }
  }

  text(text: string): void {
    if (this.#text !== undefined && this.#text.length < MAX_TEXT) this.#text += text;
  }

  close(name: string): void {
    if (this.#current === undefined) return;
    if (name === 'update') {
      this.done.push(this.#current);
      this.#current = undefined;
    } else if (this.#text !== undefined && isText(name)) {
      this.#current[name] = this.#text.trim().slice(0, MAX_TEXT);
      this.#text = undefined;
    }
  }
}

/** The updates of a stream of bytes, as they are complete. Throws `Malformed` after the last good one when the XML breaks. */
export async function* readUpdates(bytes: AsyncIterable<Buffer>): AsyncGenerator<Update> {
  const reader = new UpdateReader();
  const parser = new SaxesParser();
  let fault: string | undefined;
  parser.on('error', (error) => {
    fault ??= messageOf(error);
  });
  parser.on('opentag', (tag) => reader.open(tag.name, tag.attributes));
  parser.on('text', (text) => reader.text(text));
  parser.on('closetag', (tag) => reader.close(tag.name));
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of bytes) {
    parser.write(decoder.decode(chunk, { stream: true }));
    yield* reader.done.splice(0);
    if (fault !== undefined) throw new Malformed(fault);
  }
  parser.close();
  yield* reader.done.splice(0);
  if (fault !== undefined) throw new Malformed(fault);
}
