/**
 * What registries tell: the notifications of CNCF distribution
 * (https://distribution.github.io/distribution/about/notifications/), and Harbor's webhooks. Only where something happened is believed; what is there now is
 * asked of the registry itself.
 */
import { fields, items, text } from '../../inventory/values.ts';
import { frequencyOf, listRegistries, type Registry } from './configuration.ts';
import type { Parts } from './parts.ts';

export interface Notified {
  /** Events that set a look at a repository off. */
  readonly accepted: number;
  /** Events that do not concern watched images: blobs, pulls, repositories without a rule. */
  readonly ignored: number;
  /** Events of registries that are not watched. */
  readonly unknown: number;
}

const MOST_EVENTS = 1_000;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MANIFEST = /^application\/vnd\.(?:docker\.distribution\.manifest|oci\.image\.(?:manifest|index))\./;

/**
 * Events in distribution's form: as they are, or from a webhook of Harbor
 * (https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/, default format).
 */
function eventsOf(body: unknown): readonly unknown[] {
  const { events, type, occur_at: occurred, event_data: data } = fields(body) ?? {};
  if (Array.isArray(events)) return events;
  const action = type === 'PUSH_ARTIFACT' ? 'push' : type === 'DELETE_ARTIFACT' ? 'delete' : text(type);
  const repository = fields(fields(data)?.repository)?.repo_full_name;
  return items(fields(data)?.resources).map((resource) => {
    const { digest, tag, resource_url: url } = fields(resource) ?? {};
    const seconds = typeof occurred === 'number' && Math.abs(occurred) < 8e12 ? occurred : Number.NaN;
    return {
      action,
      target: { repository, digest, ...(tag !== digest && { tag }) },
      request: { host: text(url)?.split('/', 1)[0] },
      ...(!Number.isNaN(seconds) && { timestamp: new Date(seconds * 1000).toISOString() }),
    };
  });
}

/** The registry that an event is of: the one that the address of the notifications names, else the host its client spoke to. */
function registryOf(event: unknown, registries: readonly Registry[], named: string | undefined): Registry | undefined {
  if (named !== undefined) return registries.find(({ name }) => name === named);
  const host = text(fields(fields(event)?.request)?.host)?.toLowerCase();
  return registries.find(({ address }) => address === host || address.replace(/:(?:80|443)$/, '') === host);
}

/** Takes the events of one delivery; twice the same is one look. */
export async function notify(
  { store, queue, clock }: Parts,
  account: string,
  body: unknown,
  named: string | undefined,
): Promise<Notified> {
  const registries = await listRegistries(store.read, account);
  const events = eventsOf(body);
  const counts = { accepted: 0, ignored: 0, unknown: 0 };
  for (const event of events.slice(0, MOST_EVENTS)) {
    const registry = registryOf(event, registries, named);
    if (registry === undefined) {
      counts.unknown++;
      continue;
    }
    const { action, target, timestamp } = fields(event) ?? {};
    const { repository: path, mediaType, tag: word, digest: sum } = fields(target) ?? {};
    const [repository, tag, digest] = [text(path) ?? '', text(word) ?? '', text(sum) ?? ''];
    const frequency = frequencyOf(registry, repository);
    const tags = TAG.test(tag) ? [tag] : [];
    // Blobs are pushed, too; images without a tag are parts of an index whose push follows.
    const pushed =
      action === 'push' && tags.length > 0 && MANIFEST.test(text(mediaType) ?? 'application/vnd.oci.image.manifest.v1');
    const deleted = action === 'delete' && (tags.length > 0 || DIGEST.test(digest));
    if (repository === '' || frequency === undefined || !(pushed || deleted)) {
      counts.ignored++;
      continue;
    }
    const at = Date.parse(text(timestamp) ?? '');
    const payload = {
      account,
      registry: registry.name,
      repository,
      tags,
      digests: deleted && DIGEST.test(digest) ? [digest] : [],
      at: Number.isNaN(at) ? clock() : at,
    };
    const key = `${account}/${registry.name}/${repository} ${text(action)} ${tag} ${digest}`;
    await queue.send('registry-change', payload, { uniqueKey: key });
    counts.accepted++;
  }
  counts.ignored += Math.max(0, events.length - MOST_EVENTS);
  return counts;
}
