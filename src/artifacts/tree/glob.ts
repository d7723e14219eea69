/** Globs on paths below a root: `*` and `?` within a segment, `**` across segments. A pattern also covers all that is below it. */

/** Compiles a glob. The pattern is the user's own, so nothing hostile chooses its shape. */
export function globPattern(glob: string): RegExp {
  const clean = glob.replace(/^\.?\/+/, '').replace(/\/+$/, '');
  let source = '';
  for (let at = 0; at < clean.length; at++) {
    const character = clean.charAt(at);
    if (clean.startsWith('**/', at)) {
      source += '(?:[^/]+/)*';
      at += 2;
    } else if (clean.startsWith('**', at)) {
      source += '.*';
      at += 1;
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else source += character.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  }
  return new RegExp(`^${source}(?:/|$)`, 's');
}
