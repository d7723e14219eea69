/** What keys may do. docs/authentication.md. */

export const ROLES = ['admin', 'read-only', 'agent'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

/** Operations that change nothing are told by their names, as the API names them without exception; ScanSbom stores nothing. */
const READING = /^(?:Get|List|BatchGet|Search|Describe|ScanSbom$)/;

/** Whether a role may call an operation of the AWS APIs. Agents may not: they hand in inventories through the native API. */
export function mayCall(role: Role, operation: string): boolean {
  return role === 'admin' || (role === 'read-only' && READING.test(operation));
}
