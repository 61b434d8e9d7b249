/**
 * The graph of a script's steps, and where each part of it is drawn.
 *
 * The rule of this file: no DOM and no worker, so all of it is tested in plain node.
 */
import dagre from '@dagrejs/dagre'
import type { CheckView, GraphStep } from '../generated/wire'

export const END = 'end'
const HEIGHT = 44
const MARGIN = 12

/** `kind`: an end has no line of its own. */
export interface Node {
  id: string
  title: string
  kind: 'step' | 'end' | 'missing'
}

export interface Edge {
  from: string
  to: string
  keys: string
}

export interface Shape {
  nodes: Node[]
  edges: Edge[]
}

export interface Placed {
  width: number
  height: number
  nodes: { id: string; x: number; y: number; width: number; height: number }[]
  edges: { from: string; to: string; keys: string; points: { x: number; y: number }[] }[]
}

/** The node to which a way leads: each outcome is an end of its own. */
export const nodeOf = (target: string, outcome: string) => (target === END && outcome ? `${END}:${outcome}` : target)

export function shapeOf(steps: readonly GraphStep[]): Shape {
  const nodes = new Map<string, Node>(
    steps.map((step) => [step.id, { id: step.id, title: step.title || step.id, kind: 'step' }]),
  )
  const edges = new Map<string, Edge>()
  for (const step of steps)
    for (const way of step.ways) {
      const to = nodeOf(way.target, way.outcome)
      if (!nodes.has(to))
        nodes.set(to, { id: to, title: way.outcome || way.target, kind: way.target === END ? 'end' : 'missing' })
      const name = `${step.id} ${to}`
      const before = edges.get(name)
      edges.set(name, {
        from: step.id,
        to,
        keys: [before?.keys, way.key].filter(Boolean).join(' '),
      })
    }
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

/** Changes only when the graph would be drawn in other places. */
export const markOf = (shape: Shape) => JSON.stringify(shape)

/** About how wide a title is drawn, in pixels: Chinese characters are twice as wide as Latin ones. */
export function widthOf(title: string): number {
  let width = 0
  for (const character of title) width += character > '\u2E7F' ? 12 : 6.8
  return Math.min(240, Math.max(84, Math.ceil(width) + 44))
}

export function place(shape: Shape): Placed {
  const graph = new dagre.graphlib.Graph()
  graph.setGraph({ rankdir: 'TB', nodesep: 18, ranksep: 34, marginx: MARGIN, marginy: MARGIN })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const node of shape.nodes)
    graph.setNode(node.id, { width: widthOf(node.title), height: node.kind === 'step' ? HEIGHT : 28 })
  for (const edge of shape.edges) graph.setEdge(edge.from, edge.to, { keys: edge.keys })
  dagre.layout(graph)
  const size = graph.graph()
  return {
    width: Math.ceil(size.width ?? 0),
    height: Math.ceil(size.height ?? 0),
    nodes: shape.nodes.map((node) => {
      const at = graph.node(node.id)
      return { id: node.id, x: at.x, y: at.y, width: at.width, height: at.height }
    }),
    edges: shape.edges.map((edge) => ({ ...edge, points: graph.edge(edge.from, edge.to).points })),
  }
}

const GAP = 10 // between two nodes that stand beside each other, at the least

/**
 * The drawing with new titles in the same places: what grows pushes those at its right. It is there at once, where a
 * layout takes its time. null: the steps lead elsewhere, so they must be laid out.
 */
export function adjust(placed: Placed, before: Shape, after: Shape): Placed | null {
  if (!isSameGraph(before, after)) return null
  const widths = new Map(after.nodes.map((node) => [node.id, widthOf(node.title)]))
  const moved = new Map<string, Placed['nodes'][number]>()
  const rows = new Map<number, Placed['nodes'][number][]>()
  for (const node of placed.nodes) rows.set(node.y, [...(rows.get(node.y) ?? []), node])
  for (const row of rows.values()) {
    if (row.every((node) => widths.get(node.id) === node.width)) continue
    let free = 0 // from where on nothing stands in this row
    for (const node of row.sort((one, other) => one.x - other.x)) {
      const width = widths.get(node.id) ?? node.width
      const x = Math.max(node.x, (free || MARGIN) + width / 2)
      if (x !== node.x || width !== node.width) moved.set(node.id, { ...node, x, width })
      free = x + width / 2 + GAP
    }
  }
  if (moved.size === 0) return placed
  const nodes = placed.nodes.map((node) => moved.get(node.id) ?? node)
  const shift = new Map(placed.nodes.map((node, place) => [node.id, (nodes[place]?.x ?? node.x) - node.x]))
  const width = Math.max(
    placed.width,
    ...[...moved.values()].map((node) => Math.ceil(node.x + node.width / 2) + MARGIN),
  )
  return { ...placed, width, nodes, edges: placed.edges.map((edge) => follow(edge, shift)) }
}

function isSameGraph(one: Shape, other: Shape): boolean {
  return (
    one.nodes.length === other.nodes.length &&
    one.edges.length === other.edges.length &&
    one.nodes.every(({ id, kind }, place) => id === other.nodes[place]?.id && kind === other.nodes[place]?.kind) &&
    one.edges.every(({ from, to, keys }, place) => {
      const edge = other.edges[place]
      return from === edge?.from && to === edge.to && keys === edge.keys
    })
  )
}

/** The edge with its ends where its nodes are now. */
function follow(edge: Placed['edges'][number], shift: ReadonlyMap<string, number>): Placed['edges'][number] {
  const [first, last] = [shift.get(edge.from) ?? 0, shift.get(edge.to) ?? 0]
  if (first === 0 && last === 0) return edge
  const end = edge.points.length - 1
  const points = edge.points.map(({ x, y }, place) => ({
    x: x + (place === 0 ? first : place === end ? last : 0),
    y,
  }))
  return { ...edge, points }
}

/** What was found of a text, with all that is as it was before: so the page draws anew what has changed, and no more. */
export function keepSame(before: CheckView, found: CheckView): CheckView {
  const known = new Map(before.steps.map((step) => [step.id, step]))
  const steps = found.steps.map((step) => {
    const same = known.get(step.id)
    return same && JSON.stringify(same) === JSON.stringify(step) ? same : step
  })
  const isSame = steps.length === before.steps.length && steps.every((step, place) => step === before.steps[place])
  const isFine = before.problems.length + found.problems.length === 0
  return { ...found, steps: isSame ? before.steps : steps, problems: isFine ? before.problems : found.problems }
}

/** The nodes and edges of a way that a problem is about: those of the step before the end lead to one of its outcomes. */
export function wayOf(path: readonly string[], steps: readonly GraphStep[], line: number): Set<string> {
  const marked = new Set<string>(path.filter((id) => id !== END))
  path.slice(1).forEach((to, place_) => {
    const from = path[place_] ?? ''
    const way = steps.find((step) => step.id === from)?.ways.find((one) => one.target === END && one.line === line)
    const target = to === END ? nodeOf(END, way?.outcome ?? '') : to
    marked.add(target)
    marked.add(`${from} ${target}`)
  })
  return marked
}

/** The step in whose lines the cursor stands. */
export const stepAt = (steps: readonly GraphStep[], line: number) =>
  steps.find((step) => step.line <= line && line <= step.last_line)?.id ?? ''
