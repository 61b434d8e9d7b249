/**
 * Puts the details of a trail line into words: the ground, the reason, and whatever else was recorded.
 *
 * The rule of this file: a name or a value without a translation is shown as it is.
 */
import type { AuditLine, AuditView } from '../generated/wire'
import { listed, spell } from '../shared/format'
import { language, nameIn } from '../shared/i18n/language.svelte'
import { t } from './words'
import { en } from './words/en'

export type Known = Pick<AuditView, 'people' | 'queues'>

const say = (key: string, code: string) => (key in en ? t(key as keyof typeof en) : code)

export const sayAction = (code: string) => say(`action.${code}`, code)

export function sayQueue(id: string, known: Known): string {
  return nameIn(known.queues[id], id)
}

/** Names the person who did it, or the hub, the command line or a person who was not signed in. */
export function sayWho({ staff_id, staff_name }: AuditLine): string {
  if (staff_name !== '') return staff_name
  if (staff_id === 'stranger') return t('by.stranger')
  if (staff_id === 'command line') return t('by.command')
  return staff_id === 'hub' || staff_id === '' ? t('by.hub') : staff_id
}

/** Names the subject of a line: a queue or a person by name, anything else by its id. */
export function saySubject({ subject, queue, action }: AuditLine, known: Known): string {
  if (subject !== '' && subject === queue) return sayQueue(subject, known)
  return /^(self|staff|sign_in)\./.test(action) ? (known.people[subject] ?? subject) : subject
}

export function detailsOf({ detail }: AuditLine, known: Known): string[] {
  const { grounds, reason, ...rest } = detail
  const said = typeof reason === 'string' && reason !== '' ? [`“${reason}”`] : []
  const others = Object.entries(rest)
    .filter(([name, value]) => value !== null && (value !== '' || name === 'number'))
    .map(([name, value]) => t('pair', { name: say(`detail.${name}`, name), value: sayValue(name, value, known) }))
  return [...listOf(grounds).map((code) => say(`ground.${code}`, code)), ...said, ...others]
}

const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined || value === null ? [] : [String(value)]

function sayValue(name: string, value: AuditLine['detail'][string] | undefined, known: Known): string {
  if (name === 'heard' && Array.isArray(value) && value.length === 0) return t('value.nothing_played')
  if (Array.isArray(value)) {
    return value.length === 0
      ? t('value.none')
      : listed(
          value.map((one) => sayName(one, known)),
          language.current,
        )
  }
  if (typeof value === 'boolean' || name === 'unforeseen') return value ? t('value.yes') : t('value.no')
  if (typeof value === 'number') return name.endsWith('seconds') ? sayTime(value) : String(value)
  if (name === 'way') return say(`way.${value}`, String(value))
  if (name === 'agent') return known.people[value ?? ''] ?? value ?? ''
  if (name === 'number' && value === '') return t('value.none')
  return name === 'from' || name === 'to' ? sayName(value ?? '', known) : (value ?? '')
}

/** A queue or a role by its name; anything else (a tier, for one) as it is. */
const sayName = (id: string, known: Known) => (id in known.queues ? sayQueue(id, known) : say(`role.${id}`, id))

const sayTime = (seconds: number) => (seconds < 0 ? '−' : '') + spell(Math.abs(seconds), t)
