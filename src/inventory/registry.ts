/** Every cataloger. Order does not matter: results are merged by path. */
import type { Cataloger } from './cataloger.ts';
import { apk } from './catalogers/apk/index.ts';
import { bitnami } from './catalogers/bitnami/index.ts';
import { bottlerocket } from './catalogers/bottlerocket/index.ts';
import { chisel } from './catalogers/chisel/index.ts';
import { dpkg } from './catalogers/dpkg/index.ts';
import { goBinary } from './catalogers/go-binary/index.ts';
import { osReleaseCataloger } from './catalogers/os-release/index.ts';
import { rpm } from './catalogers/rpm/index.ts';
import { runtimes } from './catalogers/runtimes/index.ts';
import { rustBinary } from './catalogers/rust-binary/index.ts';

export const CATALOGERS: readonly Cataloger[] = [
  osReleaseCataloger,
  dpkg,
  rpm,
  apk,
  bottlerocket,
  chisel,
  bitnami,
  goBinary,
  rustBinary,
  runtimes,
];
