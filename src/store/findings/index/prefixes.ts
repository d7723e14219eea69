/** Many prefixes as one test. */

/** Prefixes by the character behind what all of them begin with. */
interface Fork {
  /** What all begin with. */
  readonly common: string;
  /** One of them is no longer than that: whatever begins so passes. */
  readonly ends: boolean;
  readonly next: ReadonlyMap<number, Fork>;
}

function commonLength(texts: readonly string[]): number {
  const [first = '', ...others] = texts;
  let length = 0;
  while (length < first.length && others.every((other) => other.charCodeAt(length) === first.charCodeAt(length))) length++;
  return length;
}

function forkOf(prefixes: readonly string[]): Fork {
  const length = commonLength(prefixes);
  const common = prefixes[0]?.slice(0, length) ?? '';
  if (prefixes.some((prefix) => prefix.length === length)) return { common, ends: true, next: new Map() };
  const byNext = Map.groupBy(prefixes, (prefix) => prefix.charCodeAt(length));
  return { common, ends: false, next: new Map([...byNext].map(([code, some]) => [code, forkOf(some)])) };
}

/** Whether a text begins with one of `prefixes`, in code units: few looks at the text, however many prefixes there are. */
export function beginsWithOneOf(prefixes: readonly string[]): (text: string) => boolean {
  if (prefixes.length === 0) return () => false;
  const root = forkOf(prefixes);
  return (text) => {
    let fork: Fork | undefined = root;
    for (;;) {
      const { common, ends, next }: Fork = fork;
      // The character that decides is looked at first: comparing texts costs more.
      if (ends) return text.startsWith(common);
      fork = next.get(text.charCodeAt(common.length));
      if (fork === undefined) return false;
    }
  };
}
