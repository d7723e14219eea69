/** Something to scan. */
export type InputKind = 'docker-archive' | 'oci' | 'project' | 'host';

export interface Input {
  readonly id: string;
  readonly title: string;
  readonly kind: InputKind;
  /** Makes it when it is not there yet; the path that tools are given. */
  readonly path: () => string;
}
