/** Builds that a distribution's advisories do not speak of. */
import { systemOf } from '../../../tests/support/inventory.ts';
import { pkg, testQueries } from '../../../tests/support/streams.ts';

const DEBIAN = systemOf('debian', '12');
const RHEL = systemOf('rhel', '9.2');
const RED_HAT = { vendor: 'Red Hat, Inc.' };

testQueries([
  [
    'rpm: EPEL',
    pkg('rpm', 'nginx', '1.20.1-1.el7', { vendor: 'Fedora Project' }),
    systemOf('centos', '7'),
    ['third-party: built by Fedora Project'],
  ],
  [
    'rpm: Docker',
    pkg('rpm', 'runc', '1.1-1.el9', { vendor: 'Docker' }),
    systemOf('almalinux', '9.4'),
    ['third-party: built by Docker'],
  ],
  [
    'rpm: Remi',
    pkg('rpm', 'php', '8.1-1.el9.remi', { vendor: 'Remi Collet' }),
    systemOf('rocky', '9.4'),
    ['third-party: built by Remi Collet'],
  ],
  [
    'rpm: a missing vendor does not drop the package',
    pkg('rpm', 'bash', '5.1-1.el9'),
    systemOf('rocky', '9.4'),
    ['rocky/9 bash 5.1-1.el9'],
  ],
  [
    'rpm: `(none)` is a missing vendor',
    pkg('rpm', 'bash', '5.1-1.el9', { vendor: '(none)' }),
    systemOf('rocky', '9.4'),
    ['rocky/9 bash 5.1-1.el9'],
  ],
  [
    'rpm: builds for OpenShift',
    pkg('rpm', 'podman', '4.4.1-2.rhaos4.14.el9', RED_HAT),
    RHEL,
    ['third-party: built by Red Hat OpenShift'],
  ],
  [
    'deb: Docker',
    pkg('deb', 'containerd.io', '1.6.28-1', { vendor: 'Containerd team <help@containerd.io>' }),
    DEBIAN,
    ['debian/12 containerd.io 1.6.28-1 (source)'],
  ],
  [
    'deb: by the maintainer',
    pkg('deb', 'docker-ce', '5:25.0-1~debian.12~bookworm', { vendor: 'Docker <support@docker.com>' }),
    DEBIAN,
    ['third-party: built by Docker'],
  ],
  [
    'deb: nginx.org',
    pkg('deb', 'nginx', '1.25.3-1~bookworm', { vendor: 'NGINX Packaging <nginx-packaging@f5.com>' }),
    DEBIAN,
    ['third-party: built by nginx.org'],
  ],
  ['deb: NodeSource by the version', pkg('deb', 'nodejs', '20.11.0-1nodesource1'), DEBIAN, ['third-party: built by NodeSource']],
  [
    'deb: PostgreSQL has the maintainers of Debian, only the version tells',
    pkg('deb', 'postgresql-16', '16.2-1.pgdg120+2', {
      vendor: 'Debian PostgreSQL Maintainers <team+postgresql@tracker.debian.org>',
    }),
    DEBIAN,
    ['third-party: built by the PostgreSQL project'],
  ],
  [
    'deb: a non-maintainer upload is Debian',
    pkg('deb', 'pam', '1.5.2-6.1', { vendor: 'Somebody <somebody@gmail.com>' }),
    DEBIAN,
    ['debian/12 pam 1.5.2-6.1 (source)'],
  ],
]);
