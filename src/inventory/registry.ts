/** Every cataloger. Order does not matter: results are merged by path. */
import type { Cataloger } from './cataloger.ts';
import { apk } from './catalogers/apk/index.ts';
import { bitnami } from './catalogers/bitnami/index.ts';
import { bottlerocket } from './catalogers/bottlerocket/index.ts';
import { bunLock } from './catalogers/bun-lock/index.ts';
import { cargo } from './catalogers/cargo/index.ts';
import { chisel } from './catalogers/chisel/index.ts';
import { cocoapods } from './catalogers/cocoapods/index.ts';
import { composerInstalled } from './catalogers/composer-installed/index.ts';
import { composerLock } from './catalogers/composer-lock/index.ts';
import { conan } from './catalogers/conan/index.ts';
import { dotnetDeps } from './catalogers/dotnet-deps/index.ts';
import { dpkg } from './catalogers/dpkg/index.ts';
import { gemfileLock } from './catalogers/gemfile-lock/index.ts';
import { gemspec } from './catalogers/gemspec/index.ts';
import { githubActions } from './catalogers/github-actions/index.ts';
import { goBinary } from './catalogers/go-binary/index.ts';
import { goMod } from './catalogers/go-mod/index.ts';
import { haskell } from './catalogers/haskell/index.ts';
import { javaArchive } from './catalogers/java-archive/index.ts';
import { javaLock } from './catalogers/java-lock/index.ts';
import { javaPom } from './catalogers/java-pom/index.ts';
import { mix } from './catalogers/mix/index.ts';
import { npmInstalled } from './catalogers/npm-installed/index.ts';
import { npmLock } from './catalogers/npm-lock/index.ts';
import { nuget } from './catalogers/nuget/index.ts';
import { osReleaseCataloger } from './catalogers/os-release/index.ts';
import { packageJson } from './catalogers/package-json/index.ts';
import { pnpmLock } from './catalogers/pnpm-lock/index.ts';
import { pub } from './catalogers/pub/index.ts';
import { pythonInstalled } from './catalogers/python-installed/index.ts';
import { pythonLock } from './catalogers/python-lock/index.ts';
import { pythonRequirements } from './catalogers/python-requirements/index.ts';
import { rpm } from './catalogers/rpm/index.ts';
import { runtimes } from './catalogers/runtimes/index.ts';
import { rustBinary } from './catalogers/rust-binary/index.ts';
import { swift } from './catalogers/swift/index.ts';
import { yarnLock } from './catalogers/yarn-lock/index.ts';

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
  bunLock,
  cargo,
  cocoapods,
  composerInstalled,
  composerLock,
  conan,
  dotnetDeps,
  gemfileLock,
  gemspec,
  githubActions,
  goMod,
  haskell,
  javaArchive,
  javaLock,
  javaPom,
  mix,
  npmInstalled,
  npmLock,
  nuget,
  packageJson,
  pnpmLock,
  pub,
  pythonInstalled,
  pythonLock,
  pythonRequirements,
  swift,
  yarnLock,
];
