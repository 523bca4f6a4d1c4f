package main

import (
	"cmp"
	"errors"
	"slices"
	"sync"
)

// A Book is what the library keeps, and what clients see of it.
type Book struct {
	ID      int      `json:"id"`
	Version int      `json:"version"` // grows with every change
	Title   string   `json:"title"`
	Author  string   `json:"author"`
	Year    int      `json:"year"`
	Tags    []string `json:"tags"`
}

// maxBooks bounds the library, which lives in memory.
const maxBooks = 10_000

var (
	errNoBook  = errors.New("api: no such book")
	errFull    = errors.New("api: the library is full")
	errChanged = errors.New("api: the book has been changed meanwhile")
)

// A library keeps books in the order of their IDs. It may be used by any number of
// goroutines. A database would stand in its place.
type library struct {
	mu    sync.RWMutex
	books []Book // IDs grow
	last  int    // ID that was given
}

// classics is a library to try things with.
func classics() *library {
	l := new(library)
	for _, b := range []Book{
		{Title: "Don Quixote", Author: "Miguel de Cervantes", Year: 1605, Tags: []string{"novel"}},
		{Title: "Frankenstein", Author: "Mary Shelley", Year: 1818, Tags: []string{"novel", "horror"}},
		{Title: "Middlemarch", Author: "George Eliot", Year: 1871, Tags: []string{"novel"}},
	} {
		_, _ = l.add(b) // three fit
	}
	return l
}

// add keeps a new book, to which it gives an ID and the version 1.
func (l *library) add(b Book) (Book, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.books) == maxBooks {
		return Book{}, errFull
	}
	l.last++
	b.ID, b.Version = l.last, 1
	l.books = append(l.books, b)
	return b, nil
}

// find is where the book with that ID stands. Its caller holds mu.
func (l *library) find(id int) (int, error) {
	i, ok := slices.BinarySearchFunc(l.books, id, func(b Book, id int) int { return cmp.Compare(b.ID, id) })
	if !ok {
		return 0, errNoBook
	}
	return i, nil
}

// get returns a book.
func (l *library) get(id int) (Book, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	i, err := l.find(id)
	if err != nil {
		return Book{}, err
	}
	return l.books[i], nil
}

// change puts f's result in the place of a book that is still at that version, and
// counts the version.
func (l *library) change(id, version int, f func(b *Book)) (Book, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, err := l.find(id)
	if err != nil {
		return Book{}, err
	}
	b := l.books[i]
	if b.Version != version {
		return Book{}, errChanged
	}
	f(&b)
	b.Version++
	l.books[i] = b
	return b, nil
}

// remove takes a book out.
func (l *library) remove(id int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, err := l.find(id)
	if err == nil {
		l.books = slices.Delete(l.books, i, i+1)
	}
	return err
}

// page returns up to limit books of an author, "" for all of them, whose IDs are above
// after, and whether there are more behind them.
func (l *library) page(author string, after, limit int) (page []Book, more bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	page = []Book{}
	for _, b := range l.books {
		if b.ID <= after || author != "" && b.Author != author {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, b)
	}
	return page, false
}
