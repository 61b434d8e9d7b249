import { openPage } from '../shared/page'
import Segments from './Segments.svelte'

openPage(Segments)
