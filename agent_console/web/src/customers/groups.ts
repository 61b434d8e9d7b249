/** In which group of the page a field stands. What the administrator declares besides comes last. */
import type { CustomerPage } from '../generated/wire'

type Field = CustomerPage['fields'][number]
export type Group = 'person' | 'reach' | 'relation' | 'more'

const GROUPS: Record<Exclude<Group, 'more'>, readonly string[]> = {
  person: ['name', 'given_name', 'family_name', 'other_names', 'title', 'language', 'birthday', 'city', 'street', 'postcode'],
  reach: ['do_not_contact', 'preferred_channel', 'prefers', 'contact_hours', 'time_zone'],
  relation: ['owner', 'stage', 'since_year', 'value_past', 'value_now', 'value_potential', 'early_sign'],
}

/** The groups that have fields, each in the order of the page. */
export function groupFields(fields: readonly Field[]): readonly (readonly [Group, readonly Field[]])[] {
  const byName = new Map(fields.map((field) => [field.attribute.name, field]))
  const listed = Object.entries(GROUPS).map(
    ([group, names]) => [group as Group, names.flatMap((name) => byName.get(name) ?? [])] as const,
  )
  const known = new Set(Object.values(GROUPS).flat())
  const more = ['more', fields.filter(({ attribute }) => !known.has(attribute.name))] as const
  return [...listed, more].filter(([, found]) => found.length > 0)
}
