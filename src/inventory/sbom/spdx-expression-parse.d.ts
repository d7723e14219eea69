declare module 'spdx-expression-parse' {
  interface License {
    readonly license: string;
    readonly plus?: true;
    readonly exception?: string;
  }
  interface Conjunction {
    readonly left: License | Conjunction;
    readonly conjunction: 'and' | 'or';
    readonly right: License | Conjunction;
  }
  /** Throws when the text is no SPDX licence expression. */
  const parse: (text: string) => License | Conjunction;
  export = parse;
}
