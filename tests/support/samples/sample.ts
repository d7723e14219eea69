/** Small sound files, one for every format that a cataloger reads: what is damaged to see whether the loss is told. */

export interface Sample {
  /** Id of the cataloger. */
  readonly cataloger: string;
  readonly format: string;
  /** The file that is damaged, and its bytes. */
  readonly path: string;
  readonly bytes: Buffer;
  /** `name version` of every package that it and the files beside it give; an operating system is `os id version`. */
  readonly packages: readonly string[];
  /** Files that are read together with it and stay sound. */
  readonly beside: Readonly<Record<string, string | Uint8Array>>;
}

type Facts = readonly [
  format: string,
  path: string,
  source: string | Uint8Array,
  packages: readonly string[],
  beside?: Readonly<Record<string, string | Uint8Array>>,
];

/** The samples of one cataloger. */
export function samplesOf(cataloger: string, list: readonly Facts[]): Sample[] {
  return list.map(([format, path, source, packages, beside = {}]) => {
    return { cataloger, format, path, bytes: Buffer.from(source), packages: [...packages].sort(), beside };
  });
}
