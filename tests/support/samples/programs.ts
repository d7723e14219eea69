/** Programs with what their compilers and makers leave in them. */
import { deflateSync } from 'node:zlib';
import { elfFile, firstAddress, machOFile, peFile } from '../../../src/inventory/formats/write-executable.ts';
import { type Sample, samplesOf } from './sample.ts';

const FRAME = 'm'.repeat(16);
const MODULES = Buffer.from(`${FRAME}path\texample.com/app
mod\texample.com/app\tv1.4.0\th1:a=
dep\tgithub.com/gin-gonic/gin\tv1.9.0\th1:b=
dep\tgolang.org/x/net\tv0.7.0\th1:c=
build\tGOOS=linux
${FRAME}`);
const GO_VERSION = Buffer.from('go1.21.5');
const GO = ['example.com/app v1.4.0', 'github.com/gin-gonic/gin v1.9.0', 'golang.org/x/net v0.7.0', 'stdlib 1.21.5'];

/** Since Go 1.18: two strings, each after its length. */
function inline(): Buffer {
  const head = Buffer.alloc(32);
  head.write('\xff Go buildinf:', 'latin1');
  head[14] = 8;
  head[15] = 2;
  const length = Buffer.from([(MODULES.length % 128) | 0x80, Math.floor(MODULES.length / 128)]);
  return Buffer.concat([head, Buffer.from([GO_VERSION.length]), GO_VERSION, length, MODULES]);
}

/** Before: pointers to string headers. */
function pointed(): Buffer {
  const address = firstAddress(1);
  const data = Buffer.alloc(64);
  data.write('\xff Go buildinf:', 'latin1');
  data[14] = 8;
  [address + 32, address + 48].forEach((pointer, index) => void data.writeUInt32LE(pointer, 16 + index * 8));
  [address + 64, GO_VERSION.length, address + 64 + GO_VERSION.length, MODULES.length].forEach((word, index) => {
    data.writeUInt32LE(word, 32 + index * 8);
  });
  return Buffer.concat([data, GO_VERSION, MODULES]);
}

const CRATES = deflateSync(
  JSON.stringify({
    packages: [
      { name: 'adler', version: '0.2.3', source: 'registry' },
      { name: 'app', version: '0.1.0', source: 'local', dependencies: [0, 2], root: true },
      { name: 'cc', version: '1.0.0', source: 'crates.io', kind: 'build' },
    ],
  }),
);
const RUST = ['adler 0.2.3', 'app 0.1.0', 'cc 1.0.0'];

const NODE = Buffer.from(`lead\0node.js/v20.11.1\0${'tail '.repeat(20)}`);
const JAVA = { 'opt/java/openjdk/release': 'IMPLEMENTOR="Eclipse"\nJAVA_RUNTIME_VERSION="17.0.9+9"\nJAVA_VERSION="17.0.9"\n' };
const GO_TOOLCHAIN = { 'usr/local/go/VERSION': 'go1.22.1\ntime 2024-03-01T00:00:00Z\n' };
const RUNTIMES = ['node 20.11.1', 'openjdk 17.0.9+9'];
const WORDPRESS = "<?php\n/** version */\n$wp_version = '6.4.3';\n$wp_db_version = 56657;\n";
const PATCHLEVEL = '#define PY_MAJOR_VERSION 3\n#define PY_VERSION      "3.12.1"\n#define PYTHON_API_VERSION 1013\n';
const DOTNET = 'usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json';

export const PROGRAM_SAMPLES: readonly Sample[] = [
  ...samplesOf('go-binary', [
    ['ELF', 'usr/bin/x', elfFile([{ name: '.go.buildinfo', data: inline() }]), GO],
    ['ELF without sections', 'usr/bin/x', elfFile([{ name: '.data', data: inline() }], { stripped: true }), GO],
    ['ELF of Go before 1.18', 'usr/bin/x', elfFile([{ name: '.go.buildinfo', data: pointed() }]), GO],
    ['PE', 'x.exe', peFile([{ name: '.data', data: inline() }]), GO],
    ['Mach-O', 'bin/x', machOFile([{ name: '__go_buildinfo', data: inline() }]), GO],
    ['universal Mach-O', 'bin/x', machOFile([{ name: '__go_buildinfo', data: inline() }], true), GO],
  ]),
  ...samplesOf('rust-binary', [
    ['ELF', 'usr/bin/x', elfFile([{ name: '.dep-v0', data: CRATES }]), RUST],
    ['32-bit big-endian ELF', 'usr/bin/x', elfFile([{ name: '.dep-v0', data: CRATES }], { wide: false, big: true }), RUST],
    ['PE', 'x.exe', peFile([{ name: '.dep-v0', data: CRATES }]), RUST],
    ['Mach-O', 'bin/x', machOFile([{ name: '.dep-v0', data: CRATES }]), RUST],
  ]),
  ...samplesOf('runtimes', [
    ['ELF', 'usr/local/bin/node', elfFile([{ name: '.rodata', data: NODE }]), RUNTIMES, JAVA],
    ['PE', 'node', peFile([{ name: '.rdata', data: NODE }]), RUNTIMES, JAVA],
    ['Mach-O', 'node', machOFile([{ name: '__cstring', data: NODE }]), RUNTIMES, JAVA],
    [
      'openjdk',
      'opt/java/openjdk/release',
      JAVA['opt/java/openjdk/release'],
      ['openjdk 17.0.9+9', 'toolchain 1.22.1'],
      GO_TOOLCHAIN,
    ],
    [
      'Go toolchain',
      'usr/local/go/VERSION',
      GO_TOOLCHAIN['usr/local/go/VERSION'],
      ['openjdk 17.0.9+9', 'toolchain 1.22.1'],
      JAVA,
    ],
    ['erlang', 'usr/local/lib/erlang/releases/25/OTP_VERSION', '25.2.3\n', ['erlang 25.2.3', 'openjdk 17.0.9+9'], JAVA],
    ['wordpress', 'var/www/html/wp-includes/version.php', WORDPRESS, ['openjdk 17.0.9+9', 'wordpress 6.4.3'], JAVA],
    ['python', 'usr/local/include/python3.12/patchlevel.h', PATCHLEVEL, ['openjdk 17.0.9+9', 'python 3.12.1'], JAVA],
    ['dotnet-runtime', DOTNET, '{"libraries": {}}', ['dotnet-runtime 8.0.1', 'openjdk 17.0.9+9'], JAVA],
  ]),
];
