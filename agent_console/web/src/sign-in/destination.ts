/**
 * Chooses the screen that a person goes to after signing in.
 *
 * The rule of this file: it returns only the hub's own screens, because anyone may have written `next` into the
 * address.
 */
import { screensOf, type ScreenPath } from '../shared/screens'

/** The screen of the first role that has one; that of an author only if there is no other. Null if no role has a screen. */
export function homeOf(roles: readonly string[]): ScreenPath | null {
  const others = roles.filter((role) => role !== 'author')
  return [...others, ...roles].flatMap((role) => screensOf([role]))[0] ?? null
}

export function destination(roles: readonly string[], next: string | null): ScreenPath | null {
  return screensOf(roles).find((path) => path === next) ?? homeOf(roles)
}

const REASONS = ['signed_out', 'may_not'] as const

/** Why a person was sent to the sign-in page. Undefined if there is no text for the reason. */
export function leftBecause(reason: string | null): (typeof REASONS)[number] | undefined {
  return REASONS.find((known) => known === reason)
}
