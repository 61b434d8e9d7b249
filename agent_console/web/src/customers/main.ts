import { openPage } from '../shared/page'
import Customers from './Customers.svelte'

openPage(Customers)
