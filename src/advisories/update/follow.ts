/** Addresses that lead to a file by way of other documents. */
import { SaxesParser } from 'saxes';
import type { FeedFile } from '../feed.ts';
import { type Checksum, repositoryChecksum } from './checksum.ts';
import { fetchText, type Network, RequestFailed } from './http.ts';

const MAX_TEXT_BYTES = 1024 * 1024;
const MAX_MIRRORS = 3;

export interface Source {
  readonly url: string;
  readonly expected: readonly Checksum[];
}

interface Metadata {
  readonly href: string;
  readonly checksum: Checksum | undefined;
}

/** The `updateinfo` entry of a repomd.xml; undefined when the repository has none. */
function readRepomd(xml: string): Metadata | undefined {
  const parser = new SaxesParser();
  let inside = false;
  let type = '';
  let checksum = '';
  let text: string | undefined;
  let href = '';
  let failed = false;
  parser.on('error', () => {
    failed = true;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const value = (key: string) => String(attributes[key] ?? '');
    if (name === 'data') inside = value('type') === 'updateinfo';
    else if (inside && name === 'checksum') {
      type = value('type');
      text = '';
    } else if (inside && name === 'location') href = value('href');
  });
  parser.on('text', (part) => {
    if (text !== undefined) text += part;
  });
  parser.on('closetag', ({ name }) => {
    if (name === 'checksum' && text !== undefined) {
      checksum = text;
      text = undefined;
    } else if (name === 'data') inside = false;
  });
  parser.write(xml).close();
  if (failed) throw new RequestFailed('its repomd.xml is damaged', { transient: true });
  return href === '' ? undefined : { href, checksum: repositoryChecksum(type, checksum) };
}

function joined(base: string, path: string): string {
  return new URL(path, base.endsWith('/') ? base : `${base}/`).href;
}

async function throughRepository(how: Network, base: string): Promise<Source> {
  const found = readRepomd(await fetchText(how, joined(base, 'repodata/repomd.xml'), MAX_TEXT_BYTES));
  if (found === undefined) throw new RequestFailed('the repository has no advisories', { status: 404, transient: false });
  return { url: joined(base, found.href), expected: found.checksum ? [found.checksum] : [] };
}

/** The first mirror that answers. */
async function throughMirrorList(how: Network, url: string): Promise<Source> {
  const list = await fetchText(how, url, MAX_TEXT_BYTES);
  const bases = list
    .split('\n')
    .map((line) => line.trim().replaceAll('$basearch', 'x86_64'))
    .filter((line) => /^https?:\/\/\S+$/.test(line) && URL.canParse(line))
    .slice(0, MAX_MIRRORS);
  let failure: unknown = new RequestFailed('its list of mirrors is empty', { transient: false });
  for (const base of bases) {
    try {
      return await throughRepository(how, base);
    } catch (error) {
      failure = error;
      if (how.signal?.aborted) break;
    }
  }
  throw failure;
}

async function throughLatestName(how: Network, url: string, path: string): Promise<Source> {
  const name = (await fetchText(how, url, 4096)).trim();
  const packing = /\.tar\.\w{2,3}$/.exec(path)?.[0] ?? '';
  if (!/^[\w.-]{1,200}$/.test(name) || !name.endsWith(packing))
    throw new RequestFailed(`it names no ${packing} archive`, { transient: false });
  return { url: new URL(name, url).href, expected: [] };
}

/** Where upstream has the content of a file right now. */
export async function upstreamOf(how: Network, file: FeedFile, url: string): Promise<Source> {
  if (file.through === 'mirror-list') return throughMirrorList(how, url);
  if (file.through === 'latest-name') return throughLatestName(how, url, file.path);
  return { url, expected: [] };
}

/** Where a mirror over http has it; repositories of rpm metadata bring their checksums along. */
export async function mirrorOf(how: Network, file: FeedFile, mirror: string): Promise<Source> {
  const url = joined(mirror, file.path.split('/').map(encodeURIComponent).join('/'));
  if (file.through !== 'mirror-list') return { url, expected: [] };
  try {
    const found = readRepomd(await fetchText(how, new URL('repomd.xml', url).href, MAX_TEXT_BYTES));
    const same = found?.checksum !== undefined && file.path.endsWith(`/${found.href}`);
    return { url, expected: same ? [found.checksum] : [] };
  } catch (error) {
    if (error instanceof RequestFailed && error.status === 404) return { url, expected: [] };
    throw error;
  }
}
