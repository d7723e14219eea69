/** Repositories and images of watched registries as rows of coverage. */
import type { Inventory } from '../../model/package.ts';
import type { Problem } from '../../model/problem.ts';
import { readDetails, resourceAttributes, resourceColumns } from '../../store/findings/resource.ts';
import { chunks, type Write } from '../../store/index.ts';
import type { Store } from '../../store/store.ts';
import { SWITCHED_OFF } from '../activation.ts';
import { announce } from '../announce.ts';
import { setStatus } from '../coverage.ts';
import { noChanges } from '../lifecycle.ts';
import { type Description, type Resource, resourceOf } from '../resource.ts';
import { writeResource } from '../store-resource.ts';
import type { Frequency, Registry } from './configuration.ts';

export interface ImageRow {
  readonly id: number;
  readonly uid: string;
  readonly digest: string;
  readonly tags: readonly string[];
  /** Of this registry; the same image may be in another one that is watched. */
  readonly own: boolean;
  /** Its inventory was taken. */
  readonly read: boolean;
  readonly reason: string;
  readonly updatedAt: number;
  readonly pushedAt: number | undefined;
}

const IMAGE = 'AWS_ECR_CONTAINER_IMAGE';
export const MANUAL = { code: 'INACTIVE', reason: 'SCAN_FREQUENCY_MANUAL' } as const;
/** Assessed once; what becomes known later makes no findings. */
export const ONCE = { code: 'ACTIVE', reason: 'SCAN_FREQUENCY_SCAN_ON_PUSH' } as const;
export const PENDING = { code: 'ACTIVE', reason: 'PENDING_INITIAL_SCAN' } as const;
export const REFUSED = { code: 'INACTIVE', reason: 'ACCESS_DENIED' } as const;

/** The images of a repository that are there; not those that somebody handed in: they are read from the registry, too. */
export async function imageRows(db: Store['read'], registry: Registry, repository: string): Promise<readonly ImageRow[]> {
  const rows = await db
    .selectFrom('resource')
    .select(['id', 'uid', 'details', 'registry', 'inventory_at', 'status_reason', 'updated_at', 'pushed_at'])
    .where('type', '=', IMAGE)
    .where('account', '=', registry.account)
    .where('region', '=', registry.region)
    .where('name', '=', repository)
    .where('origin', '=', 'registry')
    .where('removed_at', 'is', null)
    .execute();
  return rows.map((row) => {
    const { imageHash = '', imageTags = [] } = readDetails(row.details).awsEcrContainerImage ?? {};
    return {
      id: row.id,
      uid: row.uid,
      digest: imageHash,
      tags: [...imageTags].sort(),
      own: row.registry === registry.address,
      read: row.inventory_at !== null,
      reason: row.status_reason,
      updatedAt: row.updated_at,
      pushedAt: row.pushed_at ?? undefined,
    };
  });
}

/** How an image of a registry describes itself. */
export function describe(
  registry: Registry,
  repository: string,
  image: { readonly digest: string; readonly tags: readonly string[]; readonly pushedAt: number },
): Description {
  return { kind: 'image', name: repository, image: { ...image, registry: registry.address } };
}

interface Unread {
  readonly status: { readonly code: string; readonly reason: string };
  readonly problems?: readonly Problem[];
  readonly now: number;
}

/** Writes a row for something without an inventory; one that has an inventory is left alone. */
async function storeUnread(tx: Write, resource: Resource, { status, problems = [], now }: Unread): Promise<void> {
  const said = { ...resource, details: JSON.stringify(resource.details), tags: JSON.stringify(resource.tags) };
  const { component = null, repository = null, registry = null, pushed_at = null } = resourceColumns(said);
  const place = tx.selectFrom('resource').select(['id', 'inventory_at', 'removed_at', 'status_reason', 'details']);
  const known = await place
    .where('account', '=', resource.account)
    .where('region', '=', resource.region)
    .where('uid', '=', resource.uid)
    .executeTakeFirst();
  if (known !== undefined && known.removed_at === null) {
    const same = known.status_reason === status.reason && known.details === said.details;
    // When an image was tried last is noted again.
    if (known.inventory_at !== null || (same && resource.type !== IMAGE)) return;
  }
  const columns = {
    name: resource.name,
    details: said.details,
    component,
    repository,
    registry,
    pushed_at,
    origin: 'registry',
    status_code: status.code,
    status_reason: status.reason,
    inventory_digest: null,
    inventory_at: null,
    scanned_at: null,
    problems: JSON.stringify(problems),
    updated_at: now,
    removed_at: null,
  };
  const fresh = {
    ...columns,
    uid: resource.uid,
    account: resource.account,
    region: resource.region,
    type: resource.type,
    platform: null,
    tags: '{}',
    target: JSON.stringify({ kind: 'image', name: resource.name }),
    scan_mode: null,
    units: '[]',
    exposure: null,
    first_seen_at: now,
  };
  const id = await writeResource(tx, known?.id, { columns, fresh, attributes: resourceAttributes(said) });
  if (known?.removed_at !== null || known.status_reason !== status.reason) {
    await announce(tx, { changes: noChanges(), now, covered: [id] });
  }
}

/** An image that was not read: not yet, not to be, or because it cannot be. */
export async function storeUnreadImage(tx: Write, registry: Registry, description: Description, unread: Unread): Promise<void> {
  const nothing: Inventory = { target: { kind: 'image', name: description.name }, packages: [], problems: [] };
  await storeUnread(tx, resourceOf(description, nothing, registry), unread);
}

/** The uid of a repository. */
export function repositoryUid({ account, region }: Registry, repository: string): string {
  return `arn:aws:ecr:${region}:${account}:repository/${repository}`;
}

/** A repository itself: how often it is scanned, and whether it can be. */
export async function storeRepository(
  tx: Write,
  registry: Registry,
  given: {
    readonly repository: string;
    readonly frequency: Frequency;
    readonly on: boolean;
    readonly problem?: Problem;
    readonly now: number;
  },
): Promise<void> {
  const { repository, frequency, on, problem, now } = given;
  const good = frequency === 'MANUAL' ? MANUAL : { code: 'ACTIVE', reason: 'SUCCESSFUL' };
  const broken = problem?.code === 'registry-unauthorised' ? REFUSED : { code: 'INACTIVE', reason: 'INTERNAL_ERROR' };
  const resource: Resource = {
    uid: repositoryUid(registry, repository),
    type: 'AWS_ECR_REPOSITORY',
    account: registry.account,
    region: registry.region,
    name: repository,
    platform: null,
    details: { ecrRepository: { name: repository, scanFrequency: frequency } },
    tags: {},
  };
  const status = on ? (problem === undefined ? good : broken) : SWITCHED_OFF;
  await storeUnread(tx, resource, { status, now, ...(problem !== undefined && { problems: [problem] }) });
  await tx
    .updateTable('resource')
    .set({ repository, registry: registry.address })
    .where('account', '=', registry.account)
    .where('uid', '=', resource.uid)
    .execute();
}

/** Tags that moved: the image says its new ones, without being looked at again. */
export async function retag(tx: Write, { id }: ImageRow, tags: readonly string[], now: number): Promise<void> {
  const row = await tx.selectFrom('resource').select('details').where('id', '=', id).executeTakeFirst();
  if (row === undefined) return;
  const details = JSON.parse(row.details) as { awsEcrContainerImage?: object };
  const changed = { awsEcrContainerImage: { ...details.awsEcrContainerImage, imageTags: tags } };
  await tx
    .updateTable('resource')
    .set({ details: JSON.stringify(changed), updated_at: now })
    .where('id', '=', id)
    .execute();
  await tx.deleteFrom('resource_attribute').where('resource_id', '=', id).where('name', '=', 'ecrImageTags').execute();
  const values = [...new Set(tags)].map((value) => ({ resource_id: id, name: 'ecrImageTags', value, number: null }));
  for (const some of chunks(values)) await tx.insertInto('resource_attribute').values(some).execute();
}

/** An image that nobody wants scanned (any more): it stays in coverage without findings. */
export async function setManual(tx: Write, row: ImageRow, now: number): Promise<void> {
  await setStatus(tx, row.id, { ...MANUAL, closedBy: 'not-eligible' }, now);
}
