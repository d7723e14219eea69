/** The table of sources in docs/advisory-data.md, made from the registry. */
import type { Feed, FeedFile } from '../feed.ts';

/** Streams of many files, shortened: `alpine/3.19` and `alpine/3.20` are both `alpine`. */
function streamsOf(files: readonly FeedFile[]): string {
  const streams = [...new Set(files.flatMap((file) => file.streams))];
  if (streams.length === 0) return 'all (facts about vulnerabilities)';
  return [...new Set(streams.length > 6 ? streams.map((stream) => stream.split('/')[0] ?? stream) : streams)].sort().join(', ');
}

/** Places in a mirror, with the part that varies as `…`. */
function placesOf(files: readonly FeedFile[]): string {
  const [first] = files;
  if (files.length === 1 || first === undefined) return `\`${first?.path ?? ''}\``;
  const folder = first.path.slice(0, first.path.indexOf('/'));
  return `\`${folder}/…/${first.path.slice(first.path.lastIndexOf('/') + 1)}\` (${files.length} files)`;
}

function hostsOf(files: readonly FeedFile[]): string {
  return [...new Set(files.flatMap(({ url }) => (url === undefined ? [] : [new URL(url).host])))].sort().join(', ');
}

/** Markdown rows, one for each feed, in the registry's order. */
export function feedTable(feeds: readonly Feed[]): string {
  const rows = feeds.map((feed) => {
    const files = feed.files([]);
    const source = `[${feed.title}](${feed.specification[0] ?? ''})`;
    return `| \`${feed.id}\` | ${source} | ${streamsOf(files)} | ${placesOf(files)} | ${hostsOf(files)} | ${feed.licence} |`;
  });
  return [
    '| feed | source | streams | place in a mirror | fetched from | licence |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
