/**
 * Where a person goes after signing in.
 *
 * The rule of this file: only to a page of ours. `next` comes from the address bar, so anyone may have written it.
 */
import { screensOf, type ScreenPath } from '../shared/screens'

/** The screen of a person's first role that has one; null where none has. */
export function homeOf(roles: readonly string[]): ScreenPath | null {
  return roles.flatMap((role) => screensOf([role]))[0] ?? null
}

export function destination(roles: readonly string[], next: string | null): ScreenPath | null {
  return screensOf(roles).find((path) => path === next) ?? homeOf(roles)
}

const REASONS = ['signed_out', 'may_not'] as const

/** Why a person was sent here, as far as there are words for it. */
export function leftBecause(reason: string | null): (typeof REASONS)[number] | undefined {
  return REASONS.find((known) => known === reason)
}
