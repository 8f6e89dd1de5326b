<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<!-- Words of Qt that its own translation lacks, or says in another way than the program does: keys keep the names that
     are printed on them. After a change: pyside6-lrelease resources/languages/zh_CN/qt_words.ts -->
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>QShortcut</name>
    <message><source>Backspace</source><translation>Backspace</translation></message>
    <message><source>Return</source><translation>Enter</translation></message>
    <message><source>Enter</source><translation>Enter</translation></message>
    <message><source>Space</source><translation>Space</translation></message>
    <message><source>Left</source><translation>←</translation></message>
    <message><source>Right</source><translation>→</translation></message>
    <message><source>Up</source><translation>↑</translation></message>
    <message><source>Down</source><translation>↓</translation></message>
</context>
<context>
    <name>QFileSystemModel</name>
    <message><source>Size</source><translation>大小</translation></message>
</context>
<context>
    <name>QAbstractFileIconProvider</name>
    <message><source>Drive</source><translation>驱动器</translation></message>
    <message><source>File Folder</source><translation>文件夹</translation></message>
    <message><source>Folder</source><translation>文件夹</translation></message>
    <message><source>Alias</source><translation>替身</translation></message>
    <message><source>Shortcut</source><translation>快捷方式</translation></message>
    <message><source>Unknown</source><translation>未知</translation></message>
</context>
</TS>
