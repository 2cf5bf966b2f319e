package resource

import (
	"reflect"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		name               string
		cores              [][]int
		service, generator []int
		why                string
	}{
		{"none", nil, nil, nil, "one CPU only"},
		{"one", [][]int{{0}}, nil, nil, "one CPU only"},
		{"two threads of one", [][]int{{0, 1}}, []int{1}, []int{0}, "one physical core ([0 1])"},
		{"two", [][]int{{0}, {1}}, []int{1}, []int{0}, ""},
		{"two of a restricted mask", [][]int{{3}, {6}}, []int{6}, []int{3}, ""},
		{"three", [][]int{{0}, {1}, {2}}, []int{1, 2}, []int{0}, ""},
		{"two with two threads", [][]int{{0, 2}, {1, 3}}, []int{1, 3}, []int{0, 2}, ""},
		{"four", [][]int{{0}, {1}, {2}, {3}}, []int{2, 3}, []int{0, 1}, ""},
		{"twelve", [][]int{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}}, []int{4, 5, 6, 7, 8, 9, 10, 11}, []int{0, 1, 2, 3}, ""},
		{"eight with two threads", [][]int{{0, 8}, {1, 9}, {2, 10}, {3, 11}, {4, 12}, {5, 13}, {6, 14}, {7, 15}},
			[]int{2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15}, []int{0, 8, 1, 9}, ""},
		{"two with eight threads", [][]int{{0, 1, 2, 3, 4, 5, 6, 7}, {8, 9, 10, 11, 12, 13, 14, 15}},
			[]int{8, 9, 10, 11, 12, 13, 14, 15}, []int{0, 1, 2, 3, 4, 5, 6, 7}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service, generator, why := Split(tt.cores)
			if !reflect.DeepEqual(service, tt.service) || !reflect.DeepEqual(generator, tt.generator) {
				t.Errorf("got %v and %v", service, generator)
			}
			if !strings.Contains(why, tt.why) || (why == "") != (tt.why == "") {
				t.Errorf("why is %q, want %q", why, tt.why)
			}
		})
	}
}
