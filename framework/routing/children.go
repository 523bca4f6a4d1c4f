package routing

import "math/bits"

// children are nodes by name. Once settled they stand in a table with open addressing:
// a name's place follows from its length and three of its bytes, those by which most of
// the names are told apart, so that it takes neither a hash of the whole name nor a loop
// over its bytes. One comparison then says whether it is the name; a taken place sends
// on to the next one.
//
// Of the names
//
//	pulls  pages  hooks  issues
//
// the bytes at 1 alone (u, a, o, s) differ. With them pulls goes to one place of eight,
// and a request for /polls finds hooks or nothing at its own, whose name is not equal.
// Positions behind the end of a name mean its last byte.
type children struct {
	list  []named          // in order of addition, but for the empty name
	empty *node            // of the empty name, which a slash at the end leads to
	all   map[string]*node // while rules are added, and where the table would be crowded

	table  []named // as long as a power of two; at least half of it is free
	at     [3]int  // the bytes that count
	factor uint64  // spreads them over the table
	shift  uint8
}

type named struct {
	name string
	node *node
}

// crowded is how many places are too many to look at for one name.
const crowded = 5

// get is find before settle.
func (c *children) get(name string) *node {
	if name == "" {
		return c.empty
	}
	return c.all[name]
}

// add adds a name that is new.
func (c *children) add(name string, n *node) {
	if name == "" {
		c.empty = n
		return
	}
	if c.all == nil {
		c.all = map[string]*node{}
	}
	c.all[name] = n
	c.list = append(c.list, named{name, n})
}

// settle makes the table, once all names are there.
func (c *children) settle() {
	if len(c.list) < 2 { // nothing to choose from
		c.all = nil
		return
	}
	c.chooseBytes()
	size := bits.Len(uint(2*len(c.list) - 1))
	for longer := size; longer < size+3; longer++ { // a longer table is less crowded
		factor, best := uint64(0), crowded
		for try := range uint64(32) {
			c.factor = 0x9e3779b97f4a7c15 * (2*try + 1) // odd, with its bits well mixed
			if run := c.fill(longer); run < best {
				factor, best = c.factor, run
			}
		}
		if best <= 2 || best < crowded && longer == size+2 {
			c.factor = factor
			c.fill(longer)
			c.all = nil
			return
		}
	}
	c.table = nil
}

// chooseBytes takes the byte that tells most names apart, then the one that does with
// it, then a third.
func (c *children) chooseBytes() {
	longest := 0
	for _, e := range c.list {
		longest = max(longest, len(e.name))
	}
	c.at = [3]int{}
	for i := range c.at {
		most, best := 0, 0
		for at := range min(longest, 64) {
			c.at[i] = at
			keys := map[uint64]bool{}
			for _, e := range c.list {
				keys[c.key(e.name)] = true
			}
			if len(keys) > most {
				most, best = len(keys), at
			}
		}
		c.at[i] = best
	}
}

// fill lays the names into a table of 1<<size places, and returns how many places have
// to be looked at for the worst of them.
func (c *children) fill(size int) (run int) {
	c.table, c.shift = make([]named, 1<<size), uint8(64-size)
	for _, e := range c.list {
		i, n := c.place(e.name), 1
		for ; c.table[i].node != nil; n++ {
			i = (i + 1) & (len(c.table) - 1)
		}
		c.table[i] = e
		run = max(run, n)
	}
	return run
}

// key is what the place of a name, which is not empty, follows from.
func (c *children) key(name string) uint64 {
	last := len(name) - 1
	return uint64(last)<<24 | uint64(name[min(c.at[0], last)])<<16 |
		uint64(name[min(c.at[1], last)])<<8 | uint64(name[min(c.at[2], last)])
}

// place is where to look for a name first. A factor's high bits mix best.
func (c *children) place(name string) int { return int(c.key(name) * c.factor >> c.shift) }

// find returns the node of that name, or nil.
func (c *children) find(name string) *node {
	if name == "" {
		return c.empty
	}
	return c.look(name)
}

// look is find for a name that is not empty. hot path
func (c *children) look(name string) *node {
	if c.table == nil {
		return c.listed(name)
	}
	for i := c.place(name); ; i++ {
		e := &c.table[i&(len(c.table)-1)]
		if e.node == nil || e.name == name {
			return e.node
		}
	}
}

// listed is look where there is no table.
func (c *children) listed(name string) *node {
	if len(c.list) == 1 && c.list[0].name == name {
		return c.list[0].node
	}
	if c.all == nil {
		return nil
	}
	return c.all[name]
}
