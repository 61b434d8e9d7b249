/**
 * The picture of flows between stages: a bar for each stage at either side, and bands between them.
 *
 * The rule of this file: it knows numbers and no element. A stage is as high as what leaves it (left) or comes to it
 * (right), and bands never cross within a bar.
 */

export interface Flow {
  old: string
  new: string
  count: number
}

export interface Bar {
  id: string
  count: number
  top: number
  height: number
}

export interface Band extends Flow {
  left: number
  right: number
  height: number
}

const GAP = 14

/** `order`: of the stages from the top; `high`: of all that moved, in pixels, without the gaps. */
export function draw(flows: readonly Flow[], order: readonly string[], high: number) {
  const all = flows.reduce((sum, one) => sum + one.count, 0)
  const scale = all === 0 ? 0 : high / all
  const place = (id: string) => (order.includes(id) ? order.indexOf(id) : -1)
  const stack = (idOf: (flow: Flow) => string): Bar[] => {
    const ids = [...new Set(flows.map(idOf))].sort((a, b) => place(a) - place(b))
    let top = 0
    return ids.map((id) => {
      const count = flows.reduce((sum, one) => sum + (idOf(one) === id ? one.count : 0), 0)
      const bar = { id, count, top, height: Math.max(2, count * scale) }
      top += bar.height + GAP
      return bar
    })
  }
  const left = stack((flow) => flow.old)
  const right = stack((flow) => flow.new)
  const sorted = [...flows].sort((a, b) => place(a.old) - place(b.old) || place(a.new) - place(b.new))
  const used = { left: new Map<string, number>(), right: new Map<string, number>() }
  const take = (side: 'left' | 'right', bars: Bar[], id: string, height: number) => {
    const from = used[side].get(id) ?? bars.find((bar) => bar.id === id)?.top ?? 0
    used[side].set(id, from + height)
    return from
  }
  const bands: Band[] = sorted.map((flow) => {
    const height = Math.max(1, flow.count * scale)
    return { ...flow, height, left: take('left', left, flow.old, height), right: 0 }
  })
  for (const band of [...bands].sort((a, b) => place(a.new) - place(b.new) || place(a.old) - place(b.old)))
    band.right = take('right', right, band.new, band.height)
  const end = (bars: Bar[]) => bars.reduce((most, bar) => Math.max(most, bar.top + bar.height), 0)
  return { left, right, bands, height: Math.max(end(left), end(right)) }
}

/** `d` of a band from the left edge to the right one. */
export function bend(x1: number, y1: number, x2: number, y2: number, thick: number): string {
  const middle = (x1 + x2) / 2
  return (
    `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}` +
    `L${x2} ${y2 + thick}C${middle} ${y2 + thick} ${middle} ${y1 + thick} ${x1} ${y1 + thick}Z`
  )
}
