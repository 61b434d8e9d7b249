/**
 * The hub's HTTP API for the staff's pages.
 *
 * The rule of this file: a call returns a typed answer or throws an ApiError with the hub's code. The code is "" if the
 * hub cannot be reached.
 */
import type {
  AgreedCallsView,
  CallOptionsView,
  AuditView,
  CandidatesView,
  ChangePasswordRequest,
  ChangeRequest,
  ConsentsView,
  ConversationView,
  CustomerMark,
  CustomerPage,
  ExplanationView,
  FiledMailsView,
  FixedTier,
  FixedTiersView,
  FixTierRequest,
  HeadStartsRequest,
  FoundCustomersView,
  HearingView,
  HeldView,
  HistoryView,
  HoldingRequest,
  InHandView,
  LifecycleView,
  MatchesView,
  MergeList,
  MergePreview,
  MergeRequest,
  OpenSetAsideRequest,
  OwnPhoneView,
  ReceiversView,
  ProvenView,
  RecordingsView,
  RelationRequest,
  ScriptListView,
  SessionsView,
  SetAsideContent,
  SetAsideView,
  SetPhoneRequest,
  SoftphoneState,
  SoftphoneToken,
  SoundView,
  CheckPhoneRequest,
  SignInOptions,
  SignInRequest,
  StaffListView,
  StaffView,
  StepNoteRequest,
  TierReason,
  TiersView,
  TokenMade,
  TokenRequest,
  TokensView,
  UnfinishedView,
  WaitingView,
  PolicyAnswer,
} from '../generated/wire'

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly answer: Readonly<Record<string, unknown>> = {},
  ) {
    super(code || 'unreachable')
  }
}

type More = { readonly outlives?: boolean; readonly reason?: string; readonly signal?: AbortSignal }

/** The header of a reason; none for an empty one. A header holds Latin letters alone. */
export const reasonHeader = (reason: string): Record<string, string> =>
  reason ? { 'Hub-Reason': encodeURIComponent(reason) } : {}

/** `outlives`: the request goes on when the page is left. `reason`: why somebody without work of a customer looks. */
async function ask<Answer>(
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  { outlives = false, reason = '', signal }: More = {},
): Promise<Answer> {
  let response: Response
  let answer: unknown
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      keepalive: outlives,
      ...(signal ? { signal } : {}),
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...reasonHeader(reason) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const isJson = response.headers.get('Content-Type')?.includes('json') ?? false
    answer = isJson ? await response.json() : null
  } catch {
    throw new ApiError(0, '')
  }
  if (response.ok) return answer as Answer
  const said = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  throw new ApiError(response.status, 'code' in said ? String(said.code) : 'server', said)
}

/** A file of a message, asked for with a stated reason. */
export async function fileAt(path: string, reason: string): Promise<Blob> {
  const response = await fetch(path, { credentials: 'same-origin', headers: reasonHeader(reason) })
  if (!response.ok) throw new ApiError(response.status, 'server')
  return response.blob()
}

export const signInOptions = () => ask<SignInOptions>('GET', '/api/sign-in')
export const signIn = (request: SignInRequest) => ask<StaffView>('POST', '/api/sign-in', request)
export const changePassword = (request: ChangePasswordRequest) => ask<StaffView>('POST', '/api/password', request)
export const signOut = () => ask<null>('POST', '/api/sign-out')
export const ownSessions = () => ask<SessionsView>('GET', '/api/me/sessions')
export const endSession = (id: string) => ask<null>('POST', `/api/me/sessions/${encodeURIComponent(id)}/end`)
export const endOtherSessions = () => ask<null>('POST', '/api/me/sessions/end')
export const people = () => ask<StaffListView>('GET', '/api/staff')

const sessionsPath = (staffId: string) => `/api/staff/${encodeURIComponent(staffId)}/sessions`
export const sessionsOf = (staffId: string) => ask<SessionsView>('GET', sessionsPath(staffId))
export const endSessionsOf = (staffId: string) => ask<null>('POST', `${sessionsPath(staffId)}/end`)
export const endSessionOf = (staffId: string, id: string) =>
  ask<null>('POST', `${sessionsPath(staffId)}/${encodeURIComponent(id)}/end`)

/** The tokens of programs, the newest first. */
export const tokens = () => ask<TokensView>('GET', '/api/tokens')
/** The answer has the token itself, this once. */
export const makeToken = (request: TokenRequest) => ask<TokenMade>('POST', '/api/tokens', request)
export const revokeToken = (id: string) => ask<null>('POST', `/api/tokens/${encodeURIComponent(id)}/revoke`)

export const whoAmI = () => ask<StaffView>('GET', '/api/me')
export const ownPhone = () => ask<OwnPhoneView>('GET', '/api/me/phone')
export const agreedCalls = () => ask<AgreedCallsView>('GET', '/api/me/agreed-calls')
export const callOptions = () => ask<CallOptionsView>('GET', '/api/me/call-options')
export const setOwnPhone = (request: SetPhoneRequest) => ask<OwnPhoneView>('POST', '/api/me/phone', request)

/** The code that a call said at the number which the agent has chosen. */
export const checkOwnPhone = (request: CheckPhoneRequest) => ask<OwnPhoneView>('POST', '/api/me/phone/code', request)

export const askSoftphoneToken = () => ask<SoftphoneToken>('GET', '/api/softphone/token')
/** For one call in which the agent hears their own voice. */
export const askEchoToken = () => ask<SoftphoneToken>('GET', '/api/softphone/echo-token')
export const tellSoftphoneState = (state: SoftphoneState) =>
  ask<SoftphoneState>('POST', '/api/softphone/state', state)

const customerPath = (id: string) => `/api/customers/${encodeURIComponent(id)}`

/** One page of a customer's conversation over all channels, in order of time: the newest page, or the one before an
 * instant. `reason`: why somebody without work of theirs reads it. */
export function conversation(customerId: string, before?: number, reason = ''): Promise<ConversationView> {
  const query = before === undefined ? '' : `?before=${before}`
  return ask('GET', `${customerPath(customerId)}/conversation${query}`, undefined, { reason })
}

/** What had to be said in a customer's interactions, with its proofs, the newest first. */
export function statementsOf(customerId: string, before: number | null, reason: string): Promise<ProvenView> {
  const query = before === null ? '' : `?before=${before}`
  return ask('GET', `${customerPath(customerId)}/statements${query}`, undefined, { reason })
}

export const customerPage = (id: string) => ask<CustomerPage>('GET', customerPath(id))
/** As `customerPage`, on a stated reason, which goes into the trail. */
export const openCustomer = (id: string, reason: string) =>
  ask<CustomerPage>('POST', `${customerPath(id)}/open`, { reason })
export const changeCustomer = (id: string, request: ChangeRequest) =>
  ask<CustomerPage>('POST', `${customerPath(id)}/changes`, request)

export const putHolding = (id: string, request: HoldingRequest) =>
  ask<CustomerPage>('POST', `${customerPath(id)}/holdings`, request)
export const changeRelation = (id: string, request: RelationRequest) =>
  ask<CustomerPage>('POST', `${customerPath(id)}/relations`, request)
/** Another mark: somebody or something has changed what the page shows. The hub answers once it is not the known one,
 * or after half a minute. */
export const customerMark = (id: string, known: string, signal: AbortSignal) =>
  ask<CustomerMark>('GET', `${customerPath(id)}/mark?known=${encodeURIComponent(known)}`, undefined, { signal })

/** The changes of one value, the newest first. */
export const customerHistory = (id: string, name: string, reason: string) =>
  ask<HistoryView>('GET', `${customerPath(id)}/history?name=${encodeURIComponent(name)}`, undefined, { reason })

/** Customers by any part of a name, a number or a mailbox, the best match first. */
export const findCustomers = (typed: string) =>
  ask<FoundCustomersView>('GET', `/api/customers?q=${encodeURIComponent(typed)}`)
/** Who may be the same person, and who shares an address. */
export const matchesOf = (customerId: string) => ask<MatchesView>('GET', `${customerPath(customerId)}/matches`)
export const refuseMatch = (customerId: string, otherId: string) =>
  ask<MatchesView>('POST', `${customerPath(customerId)}/matches/refuse`, { other_id: otherId })
/** `language`: of the names of what both have. */
export const previewMerge = (winnerId: string, loserId: string, language: string, reason: string) =>
  ask<MergePreview>(
    'GET',
    `${customerPath(winnerId)}/merge?loser=${encodeURIComponent(loserId)}&language=${language}`,
    undefined,
    { reason },
  )
export const mergeCustomers = (winnerId: string, request: MergeRequest) =>
  ask<MergeList>('POST', `${customerPath(winnerId)}/merge`, request)
export const mergesOf = (customerId: string) => ask<MergeList>('GET', `${customerPath(customerId)}/merges`)
export const undoMerge = (mergeId: string) =>
  ask<MergeList>('POST', `/api/merges/${encodeURIComponent(mergeId)}/undo`)
/** Gives a customer the name that they said, from the card. */
export async function nameCustomer(customerId: string, name: string): Promise<CustomerPage> {
  const { version } = await customerPage(customerId)
  return changeCustomer(customerId, { version, source: 'card', reason: '', changes: [{ name: 'name', value: name }] })
}

/** What a customer has agreed to, for each address of theirs and each purpose. */
export const consentsOf = (customerId: string, language: string, reason = '') =>
  ask<ConsentsView>('GET', `${customerPath(customerId)}/consents?language=${language}`, undefined, { reason })

/** Why a customer has their tier, in words of this language. `reason`: why somebody without work of theirs asks. */
export const tierReason = (customerId: string, language: string, reason = '') =>
  ask<TierReason>('GET', `${customerPath(customerId)}/tier?language=${language}`, undefined, { reason })
/** The tiers with their rules in words of this language, how many have them, and who moved. */
export const tiersView = (language: string) => ask<TiersView>('GET', `/api/tiers?language=${language}`)
/** Another version of the policy; 409: there is a newer one than was seen. */
export const changeHeadStarts = (request: HeadStartsRequest) =>
  ask<PolicyAnswer>('POST', '/api/policy/head-starts', request)
export const fixedTiers = () => ask<FixedTiersView>('GET', '/api/fixed-tiers')
/** The stages of a customer's life; `days`: so far back the flows go. */
export const lifecycle = (language: string, days: number) =>
  ask<LifecycleView>('GET', `/api/lifecycle?language=${language}&days=${days}`)
export const fixTier = (customerId: string, request: FixTierRequest) =>
  ask<FixedTier>('POST', `${customerPath(customerId)}/tier/fix`, request)
export const releaseTier = (customerId: string) => ask<FixedTier>('POST', `${customerPath(customerId)}/tier/release`)

/** A recording, by its path: how it looks, and what this person may do with it. */
export const soundAt = (path: string) => ask<SoundView>('GET', path)

export interface RecordingFilter {
  who: string
  agent: string
  queue: string
  day: string
}

/** The newest recordings of the queues that this person supervises which fit the filter, or those before an instant. */
export const recordings = (filter: RecordingFilter, before?: number) =>
  ask<RecordingsView>('GET', `/api/recordings?${queryOf(filter, before)}`)

/** Begins a hearing of a recording. The hub has recorded it when this returns. */
export const openHearing = (path: string) => ask<HearingView>('POST', `${path}/hearings`)

/** Tells what was played in a hearing so far, as pairs of milliseconds; also from a page that is being left. */
export const tellHeard = (hearingId: string, spans: [number, number][]) =>
  ask<null>('POST', `/api/hearings/${encodeURIComponent(hearingId)}/heard`, { spans }, { outlives: true })

/** The scripts that the holder of an interaction may pick, the best fit first. */
export const scriptsToPick = (interactionId: string) =>
  ask<ScriptListView>('GET', `/api/interactions/${encodeURIComponent(interactionId)}/scripts`)

/** Why an interaction waits or, if an agent has it, why it came to that agent. The hub answers in the screen's
 * language. */
export const explanation = (interactionId: string, language: string) =>
  ask<ExplanationView>(
    'GET',
    `/api/interactions/${encodeURIComponent(interactionId)}/explanation?language=${language}`,
  )

export const heldBy = (agentId: string) => ask<HeldView>('GET', `/api/agents/${encodeURIComponent(agentId)}/held`)

/** What agents have in hand in the queues of this supervisor, the longest first. */
export const inHand = () => ask<InHandView>('GET', '/api/in-hand')

/** The agents at work who could be given an interaction, each with the reasons against it in the screen's language. */
export const candidatesFor = (interactionId: string, language: string) =>
  ask<CandidatesView>('GET', `/api/interactions/${encodeURIComponent(interactionId)}/candidates?language=${language}`)

/** To whom a call can go at this moment: colleagues with their availability, and queues. */
export const receiversOf = (channel: string) =>
  ask<ReceiversView>('GET', `/api/receivers?channel=${encodeURIComponent(channel)}`)

export const waitingIn = (queue: string) =>
  ask<WaitingView>('GET', `/api/queues/${encodeURIComponent(queue)}/waiting`)

/** The interactions closed as unfinished today, in the queues that this person supervises. */
export const closedUnfinished = () => ask<UnfinishedView>('GET', '/api/unfinished')

export const setAside = () => ask<SetAsideView>('GET', '/api/inbox/set-aside')

/** The newest filed mails, or those older than the mail with the id `before`. */
export const filedMails = (before?: number) =>
  ask<FiledMailsView>('GET', `/api/mails/filed${before === undefined ? '' : `?before=${before}`}`)
export const runAgain = (arrivalId: number) => ask<null>('POST', `/api/inbox/${arrivalId}/run-again`)

export const openSetAside = (arrivalId: number, request: OpenSetAsideRequest) =>
  ask<SetAsideContent>('POST', `/api/inbox/${arrivalId}/open`, request)

export interface AuditFilter {
  staff: string
  customer: string
  action: string
  queue: string
  day: string
}

/** The newest lines that fit the filter, or those older than the line with the id `before`. */
export const auditTrail = (filter: AuditFilter, before?: number) =>
  ask<AuditView>('GET', `/api/audit?${queryOf(filter, before)}`)

/** The fields of a filter that are filled in, and where the page begins. */
function queryOf(filter: object, before?: number): URLSearchParams {
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''))
  if (before !== undefined) query.set('before', String(before))
  return query
}

/** Sends a person without a session to the sign-in page, which leads back here afterwards. */
export function goToSignIn(reason = ''): void {
  const query = new URLSearchParams({ next: location.pathname, ...(reason ? { reason } : {}) })
  location.assign(`/sign-in?${query}`)
}

/** What does not fit in a step of a script that the agent's own interaction has shown. */
export const noteStep = (interactionId: string, request: StepNoteRequest) =>
  ask<unknown>('POST', `/api/interactions/${encodeURIComponent(interactionId)}/step-note`, request)
