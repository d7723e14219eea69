/** Every version scheme. */
import { apk } from './apk/index.ts';
import { bitnami } from './bitnami/index.ts';
import { composer } from './composer/index.ts';
import { cran } from './cran/index.ts';
import { deb } from './deb/index.ts';
import { gem } from './gem/index.ts';
import { generic } from './generic/index.ts';
import { go } from './go/index.ts';
import { hackage } from './hackage/index.ts';
import { hex } from './hex/index.ts';
import { jvm } from './jvm/index.ts';
import { maven } from './maven/index.ts';
import { npm } from './npm/index.ts';
import { nuget } from './nuget/index.ts';
import { pub } from './pub/index.ts';
import { pypi } from './pypi/index.ts';
import { rpm } from './rpm/index.ts';
import type { SchemeId, VersionScheme } from './scheme.ts';
import { semver } from './semver/index.ts';

export const schemes = {
  deb,
  rpm,
  apk,
  semver,
  npm,
  pypi,
  maven,
  go,
  gem,
  nuget,
  composer,
  pub,
  hex,
  cran,
  hackage,
  bitnami,
  jvm,
  generic,
} as const satisfies Record<SchemeId, VersionScheme>;

export function schemeById(id: SchemeId): VersionScheme {
  return schemes[id];
}
