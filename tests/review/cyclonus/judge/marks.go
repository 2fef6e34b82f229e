package main

import (
	"fmt"
	"maps"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// marks are the labels of namespaces and pods, and one more for each selector that cyclonus cannot be asked about.
//
// Cyclonus 0.5.6 is wrong about labels that are absent: it takes `key notin (value)` as false for them, and the match
// label `key: ""` as true. By the documentation of labels and selectors, and by the API server, it is the other way
// round. Such a selector is given to Kubernetes' own library: what it matches gets a mark, and cyclonus is asked about
// the mark.
type marks struct {
	namespaces map[string]map[string]string
	pods       []map[string]string
	count      int
}

// replaceSelectors leaves policies that cyclonus understands.
func replaceSelectors(q question) *marks {
	m := &marks{namespaces: map[string]map[string]string{}}
	for name, own := range q.Namespaces {
		m.namespaces[name] = maps.Clone(own)
	}
	for _, each := range q.Pods {
		m.pods = append(m.pods, maps.Clone(each.Labels))
	}
	for _, policy := range q.Policies {
		m.replacePods(&policy.Spec.PodSelector, q)
		for _, rule := range policy.Spec.Ingress {
			for _, peer := range rule.From {
				m.replacePods(peer.PodSelector, q)
				m.replaceNamespaces(peer.NamespaceSelector, q)
			}
		}
		for _, rule := range policy.Spec.Egress {
			for _, peer := range rule.To {
				m.replacePods(peer.PodSelector, q)
				m.replaceNamespaces(peer.NamespaceSelector, q)
			}
		}
	}
	return m
}

func (m *marks) replacePods(selector *meta.LabelSelector, q question) {
	m.replace(selector, func(matches func(map[string]string) bool, mark string) {
		for i, each := range q.Pods {
			if matches(each.Labels) {
				m.pods[i][mark] = "yes"
			}
		}
	})
}

func (m *marks) replaceNamespaces(selector *meta.LabelSelector, q question) {
	m.replace(selector, func(matches func(map[string]string) bool, mark string) {
		for name, own := range q.Namespaces {
			if matches(own) {
				m.namespaces[name][mark] = "yes"
			}
		}
	})
}

func (m *marks) replace(selector *meta.LabelSelector, put func(func(map[string]string) bool, string)) {
	if selector == nil || !asksForAbsent(selector) {
		return
	}
	compiled, err := meta.LabelSelectorAsSelector(selector)
	check(err)
	m.count++
	mark := fmt.Sprintf("selector-%d", m.count)
	put(func(own map[string]string) bool { return compiled.Matches(labels.Set(own)) }, mark)
	*selector = meta.LabelSelector{MatchLabels: map[string]string{mark: "yes"}}
}

func asksForAbsent(selector *meta.LabelSelector) bool {
	for _, value := range selector.MatchLabels {
		if value == "" {
			return true
		}
	}
	for _, each := range selector.MatchExpressions {
		if each.Operator == meta.LabelSelectorOpNotIn {
			return true
		}
	}
	return false
}
