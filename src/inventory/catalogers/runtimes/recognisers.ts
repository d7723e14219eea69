/**
 * How to recognise software that no package manager installed: by the name of the file and a version text in it. Facts only;
 * where each text comes from is said beside it. Patterns see the bytes as latin1 and have only bounded repetitions.
 */

export interface Recogniser {
  /** Name in the purl `pkg:generic/<product>` and in the advisory stream. */
  readonly product: string;
  /** File name. A captured group is the start that the version must have: `python3.11` → 3.11. */
  readonly file: RegExp;
  /** `binary`: an executable or shared library; `text`: a small text file, found by its name. */
  readonly kind: 'binary' | 'text';
  /** Tried in order; the first group is the version. */
  readonly versions: readonly RegExp[];
}

export const RECOGNISERS: readonly Recogniser[] = [
  // process.versions and the name of the inspector protocol's server: `node.js/v20.11.1`.
  {
    product: 'node',
    kind: 'binary',
    file: /^(?:node|nodejs|libnode\.so(?:\.\d{1,4})?)$/,
    versions: [/node\.js\/v(\d{1,4}\.\d{1,4}\.\d{1,4})/],
  },
  // PY_VERSION as a string of its own, unless the compiler made it part of the code: then the folder it was built in.
  {
    product: 'python',
    kind: 'binary',
    file: /^(?:python|libpython)(\d\.\d{1,2})[a-z]{0,3}(?:\.so(?:\.[\d.]{1,10})?|\.dylib|\.exe)?$/,
    versions: [
      /\0([23]\.\d{1,3}\.\d{1,3}(?:(?:a|b|rc)\d{1,3})?)\+?(?=\0)/,
      /\/Python-([23]\.\d{1,3}\.\d{1,3}(?:(?:a|b|rc)\d{1,3})?)[/\0]/,
    ],
  },
  // The header that extension modules are compiled with.
  {
    product: 'python',
    kind: 'text',
    file: /^patchlevel\.h$/,
    versions: [/^#define PY_VERSION {1,20}"(\d\.\d{1,3}\.\d{1,3}(?:(?:a|b|rc)\d{1,3})?)\+?"/m],
  },
  // Server header: `nginx version: nginx/1.25.3`; OpenResty puts its own name and version there.
  {
    product: 'nginx',
    kind: 'binary',
    file: /^nginx(?:-debug)?$/,
    versions: [/nginx version: nginx\/(\d{1,4}\.\d{1,4}\.\d{1,4})/],
  },
  {
    product: 'openresty',
    kind: 'binary',
    file: /^(?:nginx|openresty)$/,
    versions: [/nginx version: openresty\/(\d{1,4}(?:\.\d{1,4}){2,4})/],
  },
  // AP_SERVER_BASEVERSION: `Apache/2.4.58 (Unix)`.
  { product: 'httpd', kind: 'binary', file: /^(?:httpd|apache2)$/, versions: [/Apache\/(\d{1,4}\.\d{1,4}\.\d{1,4})/] },
  // REDIS_BUILD_ID_RAW is the version followed at once by host name and time (of a container: twelve hexadecimal digits).
  {
    product: 'redis',
    kind: 'binary',
    file: /^redis-(?:server|sentinel|check-rdb|check-aof)$/,
    versions: [
      /(\d{1,3}\.\d{1,3}\.\d{1,3}?)[0-9a-f]{12}-\d{10,19}\0/,
      /(\d{1,3}\.\d{1,3}\.\d{1,3})[A-Za-z][\w.-]{0,64}-\d{10,19}\0/,
      /(\d{1,3}\.\d{1,3}\.\d{1,3}?)-?\d{19}\0/,
    ],
  },
  {
    product: 'valkey',
    kind: 'binary',
    file: /^valkey-(?:server|sentinel|check-rdb|check-aof)$/,
    versions: [
      /(\d{1,3}\.\d{1,3}\.\d{1,3}?)[0-9a-f]{12}-\d{10,19}\0/,
      /(\d{1,3}\.\d{1,3}\.\d{1,3})[A-Za-z][\w.-]{0,64}-\d{10,19}\0/,
      /(\d{1,3}\.\d{1,3}\.\d{1,3}?)-?\d{19}\0/,
    ],
  },
  // OPENSSL_VERSION_TEXT: `OpenSSL 3.0.13 30 Jan 2024`, `OpenSSL 1.1.1k  FIPS 25 Mar 2021`.
  {
    product: 'openssl',
    kind: 'binary',
    file: /^(?:openssl|lib(?:crypto|ssl)(?:-[\d_]{1,5})?(?:-x64)?\.(?:so|dylib|dll)(?:\.[\w.]{1,12})?)$/,
    versions: [
      /OpenSSL (\d{1,2}\.\d{1,2}\.\d{1,3}[a-z]{0,2}(?:-(?:alpha|beta)\d{1,3})?)(?:-fips|\+quic)? {1,2}(?:FIPS )?\d{1,2} [A-Z][a-z]{2} \d{4}/,
    ],
  },
  // Banner: `BusyBox v1.36.1 (2023-07-27 17:12:24 UTC)`.
  { product: 'busybox', kind: 'binary', file: /^busybox(?:[.-]\w{1,20})?$/, versions: [/BusyBox v(\d{1,3}\.\d{1,3}\.\d{1,3})/] },
  // Identification for what(1): `@(#)Bash version 5.2.15(1) release GNU`.
  { product: 'bash', kind: 'binary', file: /^(?:bash|sh)$/, versions: [/@\(#\)Bash version (\d{1,3}\.\d{1,3}\.\d{1,3})/] },
  // The tool's own version, and the library's user agent.
  {
    product: 'curl',
    kind: 'binary',
    file: /^curl(?:\.exe)?$/,
    versions: [/curl (\d{1,3}\.\d{1,3}\.\d{1,3}) \(/, /libcurl\/(\d{1,3}\.\d{1,3}\.\d{1,3})/],
  },
  {
    product: 'curl',
    kind: 'binary',
    file: /^libcurl(?:-gnutls|-nss)?\.(?:so|dylib)(?:\.[\d.]{1,12})?$/,
    versions: [/libcurl\/(\d{1,3}\.\d{1,3}\.\d{1,3})/],
  },
  // `HAProxy version 2.6.12-1+deb12u1, released 2023/12/16`: the name is a separate text.
  {
    product: 'haproxy',
    kind: 'binary',
    file: /^haproxy$/,
    versions: [/ version (\d{1,3}\.\d{1,3}(?:\.|-dev|-rc)\d{1,4})[^,\0]{0,80}, released 20\d\d\//],
  },
  { product: 'memcached', kind: 'binary', file: /^memcached(?:-debug)?$/, versions: [/memcached (\d{1,3}\.\d{1,3}\.\d{1,4})\0/] },
  // PG_BACKEND_VERSIONSTR: `postgres (PostgreSQL) 16.2`.
  {
    product: 'postgresql',
    kind: 'binary',
    file: /^postgres$/,
    versions: [/postgres \(PostgreSQL\) (\d{1,3}(?:\.\d{1,3}){0,2}(?:beta\d{1,2}|rc\d{1,2})?)/],
  },
  { product: 'mariadb', kind: 'binary', file: /^(?:mariadbd?|mysqld?)$/, versions: [/(\d{1,3}\.\d{1,3}\.\d{1,4})-MariaDB/] },
  // Paths of the sources in assertions: `/mysql-8.0.36/sql/…`.
  {
    product: 'mysql',
    kind: 'binary',
    file: /^mysqld?$/,
    versions: [/\/mysql-(?:community-|commercial-)?(\d{1,3}\.\d{1,3}\.\d{1,4})[/-]/],
  },
  // `X-Powered-By: PHP/8.2.18`.
  {
    product: 'php',
    kind: 'binary',
    file: /^(?:php(?:-fpm|-cgi|-cli)?|php-fpm\d|libphp\d?\.so|php(?:-fpm|-cgi)?\d\.\d{1,2}|libphp\d\.\d{1,2}\.so)$/,
    versions: [/X-Powered-By: PHP\/(\d{1,3}\.\d{1,3}\.\d{1,4}(?:(?:alpha|beta|RC)\d{1,2})?)/],
  },
  // ruby_description: `ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux]`.
  {
    product: 'ruby',
    kind: 'binary',
    file: /^(?:ruby(?:\d\.\d)?|libruby(?:-\d\.\d)?\.(?:so|dylib)(?:\.[\d.]{1,8})?)$/,
    versions: [/ruby (\d{1,3}\.\d{1,3}\.\d{1,3})(?:p\d{1,5}|preview\d{1,2}|rc\d{1,2}|dev)? \(\d{4}-/],
  },
  // $^V as a string of its own: `v5.36.0`.
  {
    product: 'perl',
    kind: 'binary',
    file: /^(?:perl(?:5(?:\.\d{1,3}){1,2})?|libperl\.so(?:\.[\d.]{1,8})?)$/,
    versions: [/\0v(5\.\d{1,3}\.\d{1,3})\0/],
  },
  // JDK and JRE folders describe themselves: `JAVA_RUNTIME_VERSION="17.0.9+9-LTS"`, `"1.8.0_392-b08"`.
  {
    product: 'openjdk',
    kind: 'text',
    file: /^release$/,
    versions: [
      /^JAVA_RUNTIME_VERSION="(\d{1,4}(?:[._]\d{1,6}){0,5}(?:\+\d{1,4})?)[^"\n]{0,80}"/m,
      /^JAVA_VERSION="(\d{1,4}(?:[._]\d{1,6}){0,5})[^"\n]{0,80}"/m,
    ],
  },
  {
    product: 'erlang',
    kind: 'text',
    file: /^OTP_VERSION$/,
    versions: [/^(\d{1,4}(?:\.\d{1,4}){0,5}(?:-rc\d{1,2})?)\*{0,2}\s*$/m],
  },
  // `$wp_version = '6.4.3';` of wp-includes/version.php
  {
    product: 'wordpress',
    kind: 'text',
    file: /^version\.php$/,
    versions: [/^\s{0,10}\$wp_version\s{0,10}=\s{0,10}['"](\d{1,3}(?:\.\d{1,3}){1,3}(?:-[\w-]{1,20})?)['"]/m],
  },
];

/** Where text files of these general names are what they seem. */
export const TEXT_PLACES: readonly { readonly basename: string; readonly where?: RegExp }[] = [
  { basename: 'release' },
  { basename: 'patchlevel.h', where: /(?:^|\/)include\/python\d\.\d{1,2}[a-z]{0,3}\/patchlevel\.h$/ },
  { basename: 'OTP_VERSION', where: /(?:^|\/)releases\/\d{1,4}\/OTP_VERSION$/ },
  { basename: 'version.php', where: /(?:^|\/)wp-includes\/version\.php$/ },
];
