/** Who a jar is: by its Maven descriptors, its manifest, its file name. docs/catalogers-python-java.md explains the order. */

export interface Coordinates {
  readonly group?: string;
  readonly artifact: string;
  readonly version: string;
}

/** Lines of a Java properties file; enough for `pom.properties`, which Maven writes plainly. */
function parseProperties(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/, 2000)) {
    const found = /^\s*([\w.-]{1,100})\s*[=:]/.exec(line);
    if (found !== null) values.set(found[1] ?? '', line.slice(found[0].length).trim());
  }
  return values;
}

/** `META-INF/maven/**∕pom.properties`; undefined when it lacks a coordinate or is an unfilled template. */
export function coordinatesOf(text: string): Coordinates | undefined {
  const values = parseProperties(text);
  const [group, artifact, version] = [values.get('groupId'), values.get('artifactId'), values.get('version')];
  if (!group || !artifact || !version || [group, artifact, version].some((value) => value.includes('${') || value.length > 200))
    return undefined;
  return { group, artifact, version };
}

/** Main attributes of a manifest, long lines joined. https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html */
export function parseManifest(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  let key = '';
  for (const line of text.split(/\r?\n/, 5000)) {
    if (line === '') {
      if (attributes.size > 0) break;
      continue;
    }
    if (line.startsWith(' ')) {
      if (key !== '') attributes.set(key, `${attributes.get(key) ?? ''}${line.slice(1)}`);
      continue;
    }
    const colon = line.indexOf(':');
    key = colon > 0 ? line.slice(0, colon).toLowerCase() : '';
    if (key !== '') attributes.set(key, line.slice(colon + 1).trim());
  }
  return attributes;
}

export interface FileIdentity {
  readonly artifact: string;
  readonly version?: string;
}

/** `commons-io-2.6.jar`; classifiers such as `-jar-with-dependencies` stay with the version that is cut off. */
export function fileIdentity(path: string): FileIdentity {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('!')) + 1).replace(/\.[A-Za-z]{2,4}$/, '');
  const found =
    /^(.+?)-(\d[\w.]*(?:-(?:SNAPSHOT|RC\d*|M\d+|alpha|beta|GA|Final|RELEASE|jre\d*|android|incubating|b\d+)[\w.-]*)?)(?:-[A-Za-z][\w-]*)?$/i.exec(
      name,
    );
  return found === null ? { artifact: name } : { artifact: found[1] ?? name, version: found[2] };
}

/** Groups of well-known jars that carry no Maven descriptor. Facts of Maven Central. */
const GROUPS: Readonly<Record<string, string>> = {
  log4j: 'log4j',
  'commons-beanutils': 'commons-beanutils',
  'commons-codec': 'commons-codec',
  'commons-collections': 'commons-collections',
  'commons-dbcp': 'commons-dbcp',
  'commons-digester': 'commons-digester',
  'commons-fileupload': 'commons-fileupload',
  'commons-httpclient': 'commons-httpclient',
  'commons-io': 'commons-io',
  'commons-lang': 'commons-lang',
  'commons-logging': 'commons-logging',
  'commons-pool': 'commons-pool',
  'commons-collections4': 'org.apache.commons',
  'commons-compress': 'org.apache.commons',
  'commons-configuration2': 'org.apache.commons',
  'commons-lang3': 'org.apache.commons',
  'commons-text': 'org.apache.commons',
  'struts2-core': 'org.apache.struts',
  'spring-aop': 'org.springframework',
  'spring-beans': 'org.springframework',
  'spring-context': 'org.springframework',
  'spring-core': 'org.springframework',
  'spring-expression': 'org.springframework',
  'spring-web': 'org.springframework',
  'spring-webmvc': 'org.springframework',
  'spring-boot': 'org.springframework.boot',
  'spring-boot-autoconfigure': 'org.springframework.boot',
  'spring-security-core': 'org.springframework.security',
  'spring-security-web': 'org.springframework.security',
  'jackson-core': 'com.fasterxml.jackson.core',
  'jackson-databind': 'com.fasterxml.jackson.core',
  'jackson-annotations': 'com.fasterxml.jackson.core',
  'log4j-api': 'org.apache.logging.log4j',
  'log4j-core': 'org.apache.logging.log4j',
  'mysql-connector-java': 'mysql',
  postgresql: 'org.postgresql',
  h2: 'com.h2database',
  snakeyaml: 'org.yaml',
  'bcprov-jdk15on': 'org.bouncycastle',
  'bcprov-jdk18on': 'org.bouncycastle',
  guava: 'com.google.guava',
  gson: 'com.google.code.gson',
  xstream: 'com.thoughtworks.xstream',
  fastjson: 'com.alibaba',
};

const GROUP = /^[a-z][\w-]*(?:\.[\w-]+)+$/;

/** A group id from what the manifest says, when it fits the artifact; manifests also name teams, products and nothing at all. */
function groupIn(manifest: ReadonlyMap<string, string>, artifact: string): string | undefined {
  const vendor = manifest.get('implementation-vendor-id');
  if (vendor !== undefined && GROUP.test(vendor)) return vendor;
  const symbolic = manifest.get('bundle-symbolicname')?.split(';', 1)[0]?.trim();
  if (symbolic === undefined || !GROUP.test(symbolic)) return undefined;
  const tail = `.${artifact}`;
  if (symbolic.endsWith(tail)) return symbolic.slice(0, -tail.length);
  // `org.apache.commons.commons-lang3` and `com.fasterxml.jackson.core.jackson-databind`: the last part is the artifact.
  return symbolic.slice(symbolic.lastIndexOf('.') + 1) === artifact ? symbolic.slice(0, symbolic.lastIndexOf('.')) : undefined;
}

/**
 * The jar itself by manifest and file name. The file name decides the artifact, because manifests carry titles; a manifest that
 * names no version is helped by the file name. Undefined when no version is known.
 */
export function guessed(path: string, manifest: ReadonlyMap<string, string> | undefined): Coordinates | undefined {
  const file = fileIdentity(path);
  // Weaving agents show other programs' manifests.
  const facts = manifest?.has('weave-classes') === true ? undefined : manifest;
  const stated = facts?.get('implementation-version') ?? facts?.get('bundle-version') ?? facts?.get('specification-version');
  const version = file.version ?? (stated !== undefined && /^\d[\w.+-]{0,100}$/.test(stated) ? stated : undefined);
  if (version === undefined) return undefined;
  const group = Object.hasOwn(GROUPS, file.artifact)
    ? GROUPS[file.artifact]
    : facts === undefined
      ? undefined
      : groupIn(facts, file.artifact);
  return { ...(group === undefined ? {} : { group }), artifact: file.artifact, version };
}
