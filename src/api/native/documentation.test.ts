/** The native API describes itself: every route, in the document for generators and in the reference for people. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testNative } from '../../../tests/support/native.ts';
import { nativeReference, nativeRoutes } from './documentation.ts';
import { addNativeRoutes, type NativeServices } from './routes.ts';

test('every route is described, and the description served has them all', async (context) => {
  const nothing: NativeServices = Object.create(null);
  const routes = await nativeRoutes((app, api) => addNativeRoutes(app, api, nothing));
  const { service } = await testNative(context, []);
  const { paths } = (await service.server.inject('/api/v1/openapi.json')).json();
  const served = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const listed = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  assert.deepEqual(listed.sort(), served.sort());
  for (const { method, path, schema } of routes) {
    assert.equal(typeof schema.summary, 'string', `${method} ${path}`);
    if (path.includes('/:')) assert.ok(schema.params !== undefined, `${method} ${path}`);
  }
  const text = nativeReference(routes);
  assert.ok(text.includes('### `PUT /api/v1/findings/:finding/triage`'));
  assert.ok(text.includes('`status` (required): `open`, `in-progress`, `accepted`, `false-positive`, `mitigated`;'));
  assert.match(text, /Hand in an image\. For admin, agent\./);
});
