/** Which folders the `workspaces` of a package.json name. The globs are the target's own, so they are matched without regular expressions. */

const MAX_GLOBS = 200;
const MAX_SEGMENTS = 30;
const MAX_GLOB = 400;

/** `*` is any text, `?` any character; linear but for one step back. */
function segmentMatches(glob: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let here = 0;
  while (here < text.length) {
    const wanted = glob[at];
    if (wanted === '*') {
      star = at++;
      resume = here;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[here])) {
      at++;
      here++;
    } else if (star >= 0) {
      at = star + 1;
      here = ++resume;
    } else return false;
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
}

/** Whether the segments match, `**` standing for any number of them. */
function pathMatches(glob: readonly string[], path: readonly string[]): boolean {
  // Row by row: which lengths of the path the glob so far can have used up.
  let reached = new Set([0]);
  for (const part of glob) {
    const next = new Set<number>();
    for (const used of reached) {
      if (part === '**') for (let to = used; to <= path.length; to++) next.add(to);
      else if (used < path.length && segmentMatches(part, path[used] ?? '')) next.add(used + 1);
    }
    reached = next;
  }
  return reached.has(path.length);
}

/** `{a,b}` is written out once per choice; nested braces are left as they are. */
function alternatives(glob: string): string[] {
  const open = glob.indexOf('{');
  const close = glob.indexOf('}', open);
  if (open < 0 || close < 0) return [glob];
  return glob
    .slice(open + 1, close)
    .split(',')
    .map((choice) => glob.slice(0, open) + choice + glob.slice(close + 1));
}

/** True for folders (relative to the project) that are workspaces; a glob that starts with `!` takes back. */
export function workspaceMatcher(globs: readonly string[]): (folder: string) => boolean {
  const rules = globs
    .slice(0, MAX_GLOBS)
    .filter((glob) => glob.length <= MAX_GLOB)
    .flatMap((glob) => {
      const negated = glob.startsWith('!');
      return alternatives(negated ? glob.slice(1) : glob).map((clean) => ({
        negated,
        segments: clean.split('/').filter((part) => part !== '' && part !== '.'),
      }));
    })
    .filter(({ segments }) => segments.length <= MAX_SEGMENTS);
  return (folder) => {
    const path = folder.split('/');
    if (path.length > MAX_SEGMENTS) return false;
    let member = false;
    for (const { negated, segments } of rules) if (member === negated && pathMatches(segments, path)) member = !negated;
    return member;
  };
}
